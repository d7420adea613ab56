extension LogDirectory {
    /// Reads everything below the checkpoint: every entry and every tile of every level must hash to its root. Of entries
    /// that were pruned the hashes are verified, and they are not visited.
    ///
    /// - Parameter visit: Sees each entry in order, once it is known to be under the checkpoint.
    /// - Throws: An error that names the first file that is missing or not what the checkpoint's root commits to.
    public func verify(
        with log: some LogIdentity, witnesses: [VerifierKey] = [],
        visit: (EntryIndex, [UInt8]) throws(LogVerificationError) -> Void = { _, _ in }
    ) throws(LogVerificationError) -> VerifiedLog {
        try verify(with: log, witnesses: witnesses, reading: { $1 }, visit: visit)
    }

    /// The same on several threads: each verifies bundles of its own, and also calls `reading` for their entries.
    ///
    /// - Parameters:
    ///   - earlier: A checkpoint up to which the log was verified before. The log must continue it, and the entries
    ///     that it covers are not read again, but for those that share a bundle with new ones.
    ///   - threads: The machine's processors, unless told otherwise.
    ///   - reading: What becomes of an entry, on any thread and in any order. Believe nothing of it before `visit`.
    ///   - visit: Sees on the calling thread, in order, what became of each entry.
    ///   - progress: Hears, on the calling thread, how many entries of how many are behind it.
    public func verify<Reading: Sendable>(
        with log: some LogIdentity, witnesses: [VerifierKey] = [], after earlier: Checkpoint? = nil,
        threads: Int? = nil,
        reading: @escaping @Sendable (EntryIndex, [UInt8]) -> Reading,
        visit: (EntryIndex, Reading) throws(LogVerificationError) -> Void,
        progress: (_ done: UInt64, _ size: UInt64) -> Void = { _, _ in }
    ) throws(LogVerificationError) -> VerifiedLog {
        let width = UInt64(TilePath.fullWidth)
        return try verify(
            with: log, witnesses: witnesses, after: earlier, threads: threads,
            work: { index, bytes, entries in
                entries.enumerated().map { reading(EntryIndex(index * width + UInt64($0)), Array(bytes[$1])) }
            },
            result: { index, readings throws(LogVerificationError) in
                for (position, reading) in readings.enumerated() {
                    try visit(EntryIndex(index * width + UInt64(position)), reading)
                }
            }, progress: progress)
    }

    /// Hashes everything below the checkpoint, or what follows an earlier one, and looks at no entry.
    public func verifyHashes(
        with log: some LogIdentity, witnesses: [VerifierKey] = [], after earlier: Checkpoint? = nil,
        threads: Int? = nil, progress: (_ done: UInt64, _ size: UInt64) -> Void = { _, _ in }
    ) throws(LogVerificationError) -> VerifiedLog {
        try verify(
            with: log, witnesses: witnesses, after: earlier, threads: threads, work: { _, _, _ in },
            result: { _, _ in }, progress: progress)
    }

    private func verify<Result: Sendable>(
        with log: some LogIdentity, witnesses: [VerifierKey], after earlier: Checkpoint?, threads: Int?,
        work: @escaping @Sendable (_ bundle: UInt64, _ bytes: [UInt8], _ entries: [Range<Int>]) -> Result,
        result: (_ bundle: UInt64, Result) throws(LogVerificationError) -> Void,
        progress: (UInt64, UInt64) -> Void
    ) throws(LogVerificationError) -> VerifiedLog {
        let checkpoint = try checkpoint(verifiedBy: log, witnesses: witnesses)
        let size = checkpoint.size
        // First the right edge: it alone shows whether these are the checkpoint's tiles.
        let tiles = try VerifiedTiles(source, checkpoint: checkpoint.checkpoint)
        if let earlier { try verifyConsistency(from: earlier, to: checkpoint.checkpoint) }
        let minimum = try minimum()
        guard minimum <= size else {
            throw .damaged(LogLayout.pruned, "entries are kept from \(minimum) on, and there are \(size)")
        }
        let width = UInt64(TilePath.fullWidth)
        let bundles = ((earlier?.size ?? 0) / width)..<(size / width + (size % width == 0 ? 0 : 1))
        let verification = BundleVerification(
            bundles, keptFrom: minimum / width, tiles: tiles, threads: threads ?? BundleVerification<Result>.processors,
            work: work)
        try verification.run { bundle, value throws(LogVerificationError) in
            try result(bundle, value)
            progress(min(size, (bundle + 1) * width), size)
        }
        return VerifiedLog(checkpoint: checkpoint, earlier: earlier, minimum: minimum)
    }
}
