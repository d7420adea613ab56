extension LogWriter {
    /// The first entry that is kept, 0 unless the log was pruned.
    public var minimum: UInt64 { core.progress.read { $0.minimum } }

    /// Removes the entries before `minimum` and their details, whole bundles of 256 only; of each the hash stays, and
    /// with it every proof. Blocks until they are gone.
    ///
    /// An entry that says so, and why, must be durable before. What a crash interrupts is carried on with at the next
    /// start, once the first was removed. The last entry is always kept.
    /// - Throws: `.closed` if the log was closed before it was done, or `.failed`.
    public func prune(before minimum: UInt64) throws(LogError) {
        let width = UInt64(TilePath.fullWidth)
        let size = durableSize
        let (before, minimum) = (self.minimum, min(minimum, size > 0 ? size - 1 : 0) / width * width)
        guard minimum > before else { return }
        // The write-ahead log's segments, which still have what they were once written with, are wiped by this.
        try eraseDetails(of: RangeSet(before..<minimum))
        var request = 0
        core.inbox.update { inbox in
            inbox.minimum = max(inbox.minimum, minimum)
            inbox.prunings += 1
            request = inbox.prunings
            return true
        }
        let progress = core.progress.wait { progress in
            progress.prunings >= request || progress.failure != nil || progress.answered == .max ? progress : nil
        }
        if let failure = progress?.failure { throw failure }
        guard let progress, progress.prunings >= request else { throw .closed }
    }
}
