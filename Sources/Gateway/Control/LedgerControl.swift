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

    /// The same with all details that are older than the configuration keeps them.
    ///
    /// - Returns: Nil if there were none.
    func retain() throws -> UInt64?
}

extension LedgerControl {
    func respond(to request: ControlRequest) -> ControlResponse {
        do {
            if request.command == .retain { return ControlResponse(entry: try retain()) }
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
