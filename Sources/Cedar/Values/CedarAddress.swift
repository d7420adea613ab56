/// An IP address or a range of them in CIDR notation: Cedar's `ipaddr`.
///
/// The bits below the prefix are kept and count in equality: `10.0.0.1/24` is not `10.0.0.0/24`.
public struct CedarAddress: Sendable, Hashable, CustomStringConvertible {
    public enum Version: Int, Sendable, Hashable { case v4 = 4, v6 = 6 }

    public let version: Version
    /// The address as a number; of a version 4 one the low 32 bits.
    public let bits: UInt128
    /// How many leading bits a range has in common: all of them for a single address.
    public let prefixLength: Int

    public var isLoopback: Bool {
        switch version {
        case .v4: bits >> 24 == 127 && prefixLength >= 8
        case .v6: bits == 1 && prefixLength == 128
        }
    }

    public var isMulticast: Bool {
        switch version {
        case .v4: bits >> 28 == 0xE && prefixLength >= 4
        case .v6: bits >> 120 == 0xFF && prefixLength >= 8
        }
    }

    /// Whether every address of this range is one of `range`. Addresses of different versions never match.
    public func isInRange(_ range: CedarAddress) -> Bool {
        guard version == range.version, prefixLength >= range.prefixLength else { return false }
        let shift = width - range.prefixLength
        return shift >= 128 || bits >> UInt128(shift) == range.bits >> UInt128(shift)
    }

    private var width: Int { version == .v4 ? 32 : 128 }

    /// Addresses as Cedar takes them: no leading zeros, zones or brackets, no version 4 inside version 6.
    public init(parsing text: String) throws(MalformedValueError) {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "/"), maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts[0]
        let isColoned = address.contains(UInt8(ascii: ":"))
        if isColoned, address.contains(UInt8(ascii: ".")) {
            throw MalformedValueError(reason: "an IPv4 address inside an IPv6 address is not accepted")
        }
        guard let bits = isColoned ? Self.version6(address) : Self.version4(address) else {
            throw MalformedValueError(reason: "this is neither an IPv4 nor an IPv6 address")
        }
        version = isColoned ? .v6 : .v4
        self.bits = bits
        let width = isColoned ? 128 : 32
        guard parts.count == 2 else {
            prefixLength = width
            return
        }
        guard let length = Self.decimal(parts[1], digitsMax: 3), length <= width else {
            throw MalformedValueError(reason: "a prefix is a number up to \(width) without leading zeros")
        }
        prefixLength = Int(length)
    }

    private static func decimal(_ digits: some Collection<UInt8>, digitsMax: Int) -> UInt128? {
        guard let first = digits.first, digits.count <= digitsMax, digits.allSatisfy(IdentifierRules.isDigit),
            digits.count == 1 || first != 0x30
        else { return nil }
        return digits.reduce(0) { $0 * 10 + UInt128($1 - 0x30) }
    }

    private static func version4(_ text: some Collection<UInt8>) -> UInt128? {
        let octets = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard octets.count == 4 else { return nil }
        var bits: UInt128 = 0
        for octet in octets {
            guard let value = decimal(octet, digitsMax: 3), value <= 255 else { return nil }
            bits = bits << 8 | value
        }
        return bits
    }

    private static func version6(_ text: ArraySlice<UInt8>) -> UInt128? {
        guard text.count <= 39 else { return nil }
        let colon = UInt8(ascii: ":")
        var gap: Int?
        for position in text.indices.dropLast() where text[position] == colon && text[position + 1] == colon {
            // A third colon in a row, or a second gap, leaves an empty group and is refused below.
            gap = position
            break
        }
        guard let gap else {
            guard let groups = groups(text), groups.count == 8 else { return nil }
            return groups.reduce(0) { $0 << 16 | $1 }
        }
        guard let head = groups(text[..<gap]), let tail = groups(text[(gap + 2)...]), head.count + tail.count <= 7
        else { return nil }
        let leading = head.reduce(0 as UInt128) { $0 << 16 | $1 }
        let trailing = tail.reduce(0 as UInt128) { $0 << 16 | $1 }
        return head.isEmpty ? trailing : leading << UInt128(16 * (8 - head.count)) | trailing
    }

    private static func groups(_ text: ArraySlice<UInt8>) -> [UInt128]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt128] = []
        for group in text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            guard (1...4).contains(group.count) else { return nil }
            var value: UInt128 = 0
            for digit in group {
                guard let hexadecimal = Hexadecimal.value(digit) else { return nil }
                value = value << 4 | UInt128(hexadecimal)
            }
            groups.append(value)
        }
        return groups
    }

    public var description: String {
        let address: String
        switch version {
        case .v4:
            address = [24, 16, 8, 0].map { String(bits >> UInt128($0 as Int) & 0xFF) }.joined(separator: ".")
        case .v6:
            address = stride(from: 112, through: 0, by: -16)
                .map { String(bits >> UInt128($0) & 0xFFFF, radix: 16) }.joined(separator: ":")
        }
        return prefixLength == width ? address : "\(address)/\(prefixLength)"
    }
}

extension CedarAddress: Comparable {
    public static func < (left: CedarAddress, right: CedarAddress) -> Bool {
        (left.version.rawValue, left.bits, left.prefixLength) < (right.version.rawValue, right.bits, right.prefixLength)
    }
}

enum Hexadecimal {
    /// Nil unless `digit` is an ASCII hexadecimal digit.
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - 0x37
        default: nil
        }
    }
}
