/// Where a witness or a log is asked: a URL to which names are added, `http://host[:port][/path]` or `https://…`.
public struct HTTPPrefix: Sendable, Hashable, CustomStringConvertible {
    public let isSecure: Bool
    /// A name or an address, an IPv6 address without its brackets.
    public let host: String
    public let port: Int
    /// Empty, or it begins with a slash and does not end in one.
    public let path: String

    /// Nil for anything else, also for a user, a query or a fragment.
    public init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count <= 2048, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        let schemes: [(String, Bool)] = [("https://", true), ("http://", false)]
        guard let (scheme, isSecure) = schemes.first(where: { bytes.starts(with: $0.0.utf8) }) else { return nil }
        let rest = bytes.dropFirst(scheme.utf8.count)
        guard !rest.contains(where: { Array("@?#\\".utf8).contains($0) }) else { return nil }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        var authority = rest[..<slash]
        var port = isSecure ? 443 : 80
        let colon = authority.lastIndex(of: UInt8(ascii: ":"))
        if let colon, !authority[colon...].contains(UInt8(ascii: "]")) {
            guard let number = Decimal.parse(authority[(colon + 1)...]), (1...65_535).contains(number) else {
                return nil
            }
            port = Int(number)
            authority = authority[..<colon]
        }
        if authority.first == UInt8(ascii: "[") {
            guard authority.last == UInt8(ascii: "]") else { return nil }
            authority = authority.dropFirst().dropLast()
        } else if authority.contains(where: { Array(":[]".utf8).contains($0) }) {
            return nil
        }
        guard !authority.isEmpty else { return nil }
        var path = rest[slash...]
        while path.last == UInt8(ascii: "/") { path = path.dropLast() }
        self.isSecure = isSecure
        host = String(decoding: authority, as: UTF8.self)
        self.port = port
        self.path = String(decoding: path, as: UTF8.self)
    }

    /// What the Host header says.
    public var authority: String {
        let name = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    public var description: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }
}
