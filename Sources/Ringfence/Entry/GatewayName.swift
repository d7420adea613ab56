public import TransparencyLog

/// Which of the gateways that share a ledger: the name that its own entries and its sessions' openings carry.
///
/// A ledger of one gateway names none.
public struct GatewayName: Sendable, Hashable, CustomStringConvertible {
    static let bytesMax = 64

    public let text: ExactText

    /// Nil unless it is 1 to 64 letters, digits, dots, hyphens and underscores of ASCII.
    public init?(_ name: String) {
        guard (1...Self.bytesMax).contains(name.utf8.count), name.utf8.allSatisfy(Self.isAllowed) else { return nil }
        text = ExactText(name)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    public var description: String { text.string }
}

extension LogRecord {
    /// The same entry, saying which gateway it is of.
    ///
    /// The detail's commitment does not cover the entry's other members, so one more changes nothing else.
    public func recorded(by gateway: GatewayName?) -> LogRecord {
        guard let gateway, entry.last == UInt8(ascii: "}") else { return self }
        var record = self
        record.entry.removeLast()
        record.entry.append(contentsOf: #","gateway":""#.utf8)
        record.entry.append(contentsOf: gateway.text.string.utf8)
        record.entry.append(contentsOf: #""}"#.utf8)
        return record
    }
}
