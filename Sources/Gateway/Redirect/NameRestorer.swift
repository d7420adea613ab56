import Ringfence

/// Puts the application's own names back into what a client reads, where PostgreSQL speaks of the profile's.
struct NameRestorer: Sendable {
    /// Longest first, so that a quoted name goes before the bare one inside it.
    private let replacements: [(found: [UInt8], restored: [UInt8])]

    init(_ map: SchemaMap) {
        let schemas = map.schemas.flatMap { original, profile in
            [
                (IdentifierToken.quoted(profile), Array(original.utf8)),
                (Array(profile.utf8), Array(original.utf8)),
            ]
        }
        let targets = map.copyTargets.map { table, view in (Array(view.utf8), Array(table.table.utf8)) }
        replacements = (schemas + targets).sorted {
            $0.0.count != $1.0.count ? $0.0.count > $1.0.count : $0.0.lexicographicallyPrecedes($1.0)
        }.map { (found: $0.0, restored: $0.1) }
    }

    func restore(_ text: String) -> String {
        guard !replacements.isEmpty, text.utf8.contains(UInt8(ascii: "@")) else { return text }
        var bytes = Array(text.utf8)
        for replacement in replacements { replace(replacement.found, by: replacement.restored, in: &bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func replace(_ found: [UInt8], by restored: [UInt8], in bytes: inout [UInt8]) {
        guard bytes.count >= found.count else { return }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if bytes[index] == found[0], bytes[index...].starts(with: found) {
                result += restored
                index += found.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        bytes = result
    }
}
