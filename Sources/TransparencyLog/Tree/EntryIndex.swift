/// The position of an entry in the log; the first is 0.
public struct EntryIndex: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    public var description: String { String(rawValue) }

    public static func < (left: EntryIndex, right: EntryIndex) -> Bool { left.rawValue < right.rawValue }
}
