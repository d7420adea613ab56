import Cedar
import Glibc

/// A file of policies or of a schema, read whole.
enum CedarFile {
    static func read(_ path: String) throws(Failure) -> String {
        guard let stream = fopen(path, "re") else { throw unreadable(path) }
        defer { fclose(stream) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
        guard ferror(stream) == 0 else { throw unreadable(path) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(message: "\(path) is not UTF-8.", remedy: "Save the file as UTF-8.")
        }
        return text
    }

    private static func unreadable(_ path: String) -> Failure {
        Failure(
            message: "cannot read \(path): \(String(cString: strerror(errno)))",
            remedy: "Check the path and its permissions.")
    }

    /// Cedar's schema language, or its JSON form if it begins as JSON does.
    static func schema(_ path: String) throws(Failure) -> Schema {
        let text = try read(path)
        do throws(SchemaError) {
            return text.utf8.first { $0 > 0x20 } == UInt8(ascii: "{")
                ? try Schema(json: text, fileName: path) : try Schema(parsing: text, fileName: path)
        } catch {
            let shown = error.diagnostics.map { $0.rendered(in: text) }.joined(separator: "\n")
            throw Failure(kind: .found, message: "\(path) is no Cedar schema:\n\n\(shown)")
        }
    }
}
