/// What an operator may have done to the ledger of a running gateway. All of it blocks.
public protocol LedgerControl: Sendable {
    /// Records that details are erased, and why; then erases them.
    ///
    /// - Parameters:
    ///   - entries: Must stand in the ledger.
    ///   - reason: In words, for auditors.
    ///   - name: Who asks, by their own word.
    /// - Returns: The number of the entry that says so.
    /// - Throws: An error whose description says what to do. The entry may stand then, and the details as well: the
    ///   same request may be made again.
    func redact(_ entries: RangeSet<UInt64>, reason: String, operator name: String) throws -> UInt64

    /// Erases the details and prunes the entries that are older than the configuration keeps them.
    func retain() throws -> RetainedByRule
}

/// What was too old, by the entries of the ledger that say so; nil where nothing was.
public struct RetainedByRule: Sendable, Hashable {
    public var details: UInt64?
    public var entries: UInt64?

    public init(details: UInt64? = nil, entries: UInt64? = nil) {
        self.details = details
        self.entries = entries
    }
}

extension LedgerControl {
    func respond(to request: ControlRequest) -> ControlResponse {
        do {
            if request.command == .retain {
                let result = try retain()
                return ControlResponse(entry: result.details, pruning: result.entries)
            }
            guard let entries = request.entries.flatMap(Self.ranges), let reason = request.reason, !reason.isEmpty,
                let name = request.operator, !name.isEmpty
            else { return ControlResponse(error: "it names no entries, no reason or no operator") }
            return ControlResponse(entry: try redact(entries, reason: reason, operator: name))
        } catch {
            return ControlResponse(error: "\(error)")
        }
    }

    private static func ranges(_ pairs: [[UInt64]]) -> RangeSet<UInt64>? {
        var ranges = RangeSet<UInt64>()
        for pair in pairs {
            guard pair.count == 2, pair[0] <= pair[1], pair[1] < .max else { return nil }
            ranges.formUnion(RangeSet(pair[0]..<pair[1] + 1))
        }
        return ranges.isEmpty ? nil : ranges
    }
}
