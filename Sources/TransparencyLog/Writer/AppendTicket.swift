/// Which append of one writer: later ones are greater, and an entry's index is another matter, since where several
/// writers share a log it is only known once the entry is durable.
///
/// A writer's entries become durable in the order of their tickets.
public struct AppendTicket: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }
    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    public var description: String { String(rawValue) }

    public static func < (left: AppendTicket, right: AppendTicket) -> Bool { left.rawValue < right.rawValue }
}
