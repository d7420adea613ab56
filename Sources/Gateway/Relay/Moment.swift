import Ringfence

/// When something happened: for measuring, and for the ledger.
struct Moment: Sendable {
    /// Of a clock that never goes back.
    var nanoseconds: UInt64
    var time: EntryTime
}
