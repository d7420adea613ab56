import Foundation
import TestSupport

/// The entries of a published ledger, read from its tiles without the product's code (C2SP tlog-tiles).
struct PublishedEntries {
    /// Each entry's JSON object, by index.
    let entries: [[String: Any]]

    init(folder: String) throws {
        let checkpoint = try String(decoding: Data(contentsOf: URL(filePath: "\(folder)/checkpoint")), as: UTF8.self)
        guard let size = Int(checkpoint.split(separator: "\n")[1]) else { throw ChildProcessError("no tree size") }
        var entries: [[String: Any]] = []
        for bundle in 0..<((size + 255) / 256) {
            let width = min(256, size - bundle * 256)
            var path = "\(folder)/tile/entries/\(Self.path(of: bundle))"
            if width < 256 { path += ".p/\(width)" }
            var bytes = try Data(contentsOf: URL(filePath: path))[...]
            for _ in 0..<width {
                let length = bytes.prefix(2).reduce(0) { $0 << 8 | Int($1) }
                let entry = bytes.dropFirst(2).prefix(length)
                guard entry.count == length,
                    let object = try JSONSerialization.jsonObject(with: entry) as? [String: Any]
                else { throw ChildProcessError("bundle \(bundle) is cut short or holds no object") }
                entries.append(object)
                bytes = bytes.dropFirst(2 + length)
            }
        }
        self.entries = entries
    }

    func count(ofKind kind: String) -> Int { entries.count { $0["kind"] as? String == kind } }

    /// `x001/x234/067` for 1234067.
    static func path(of number: Int) -> String {
        var parts = [String(format: "%03d", number % 1000)]
        var rest = number / 1000
        while rest > 0 {
            parts.insert(String(format: "x%03d", rest % 1000), at: 0)
            rest /= 1000
        }
        return parts.joined(separator: "/")
    }
}
