import Ringfence

/// A new key for pseudonyms, as the two padded keys of HMAC-SHA-256 (RFC 2104), in hexadecimal.
struct PseudonymKey {
    let ipad: String
    let opad: String

    init() {
        var random = SystemRandomNumberGenerator()
        let key = (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) } + [UInt8](repeating: 0, count: 32)
        func hexadecimal(_ mask: UInt8) -> String {
            key.map { byte in
                let digits = String(byte ^ mask, radix: 16)
                return digits.utf8.count == 1 ? "0" + digits : digits
            }.joined()
        }
        ipad = hexadecimal(0x36)
        opad = hexadecimal(0x5C)
    }
}

extension EnclosureCompiler {
    /// The columns that need a key.
    var pseudonymColumns: [String] {
        guard !profile.isWhollyClear else { return [] }
        return Set(
            profile.tables.flatMap { table in
                table.columns.filter { $0.mask == .pseudonym && !$0.masked.isNever }.map(\.name)
            }
        ).sorted()
    }
}
