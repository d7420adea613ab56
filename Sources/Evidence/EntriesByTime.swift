public import Ringfence
public import TransparencyLog

extension LogDirectory {
    /// The end of the last bundle of which every entry is older than `time`: an index that is a multiple of a bundle's
    /// 256 entries, 0 if there is none.
    ///
    /// Finds it by halving, as entries stand in the order of time. Where a clock was set back the result may be
    /// smaller than it could be, never larger than the first entry that was not older when it was looked at.
    /// - Throws: ``LogVerificationError`` if a bundle cannot be read.
    public func bundle(endingBefore time: EntryTime, size: UInt64) throws(LogVerificationError) -> UInt64 {
        let width: UInt64 = 256
        let kept = try minimum() / width
        var older: UInt64 = 0
        var bound = size / width
        while older < bound {
            let middle = (older + bound) / 2
            // What was pruned is older than all that is left.
            let isPruned = middle < kept
            if try isPruned ? true : isOlder(bundle: middle, than: time, size: size) {
                older = middle + 1
            } else {
                bound = middle
            }
        }
        return older * width
    }

    private func isOlder(bundle: UInt64, than time: EntryTime, size: UInt64) throws(LogVerificationError) -> Bool {
        let width: UInt64 = 256
        var entries = entries(bundle * width..<(bundle + 1) * width, size: size)
        while let (_, bytes) = try entries.next() {
            // What cannot be read has no age.
            guard let entry = try? Entry(parsing: bytes), entry.time < time else { return false }
        }
        return true
    }
}
