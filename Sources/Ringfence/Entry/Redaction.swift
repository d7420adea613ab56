public import TransparencyLog

/// Why details were erased.
public enum RedactionBasis: String, Sendable, Hashable, CaseIterable {
    /// Somebody asked for it: the reason stands in the detail.
    case request
    /// They were older than the configuration keeps details.
    case retention
}

/// The sealed details of some entries were erased: the entries stay, and what they commit to can no longer be read.
public struct Redaction: Sendable, Hashable {
    /// No entry names more ranges: it would not fit.
    public static let rangesMax = 1000

    /// Which entries, all of them before the redaction's own.
    public let entries: RangeSet<UInt64>
    public let basis: RedactionBasis
    public let detail: DetailReference

    init(_ members: inout EntryMembers) throws(EntryError) {
        var ranges: [Range<UInt64>] = []
        for element in try members.array("entries") {
            guard case .array(let ends) = element, ends.count == 2, case .integer(let first) = ends[0],
                case .integer(let last) = ends[1], first <= last, last < .max,
                ranges.last.map({ $0.upperBound < first }) ?? true
            else { throw members.invalid("entries", "pairs of a first and a last index, ascending and apart") }
            ranges.append(first..<last + 1)
        }
        guard !ranges.isEmpty, ranges.count <= Self.rangesMax else {
            throw members.invalid("entries", "1 to \(Self.rangesMax) pairs")
        }
        entries = RangeSet(ranges)
        basis = try members.choice("basis")
        detail = try members.detail()
    }
}

extension RangeSet<UInt64> {
    /// How many numbers it has.
    public var count: UInt64 { ranges.reduce(0) { $0 + UInt64($1.count) } }
}

extension GatewayEntries {
    /// - Parameters:
    ///   - entries: At most ``Redaction/rangesMax`` ranges, none of them empty.
    ///   - operator: Who asked the gateway for it; nil if it acts by itself.
    ///   - reason: In words, for auditors.
    public static func redaction(
        of entries: RangeSet<UInt64>, basis: RedactionBasis, operator name: String?, reason: String, epoch: Epoch,
        at time: EntryTime
    ) -> LogRecord {
        var writer = header("redaction", time)
        writer.raw(",\"entries\":[")
        var isFirst = true
        for range in entries.ranges {
            writer.raw(isFirst ? "[" : ",[")
            isFirst = false
            writer.decimal(range.lowerBound)
            writer.raw(",")
            writer.decimal(range.upperBound - 1)
            writer.raw("]")
        }
        writer.raw("],\"basis\":\"")
        writer.raw(Array(basis.rawValue.utf8))
        writer.raw("\"")
        var detail = detail(under: epoch)
        if let name { detail.member("principal", name) }
        detail.member("reason", reason)
        return detail.record(completing: &writer)
    }
}
