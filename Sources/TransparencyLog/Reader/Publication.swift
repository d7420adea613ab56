/// Brings a static copy of a log up to date.
struct Publication {
    let source: TileSource
    let target: any PublicationTarget

    /// Adds what the copy lacks. Everything is verified on the way, so a damaged tile is not spread.
    func publish(_ checkpoint: SignedCheckpoint, verifiedBy log: some LogIdentity) throws(LogVerificationError) {
        let published = try publishedCheckpoint(verifiedBy: log)
        let minimum = try source.mark().minimum
        let copied = try target.pruneMark().map { PruneMark(parsing: $0) } ?? PruneMark()
        guard let copied else { throw .damaged(LogLayout.pruned, "the copy's does not say where its entries begin") }
        if let published {
            guard published.size <= checkpoint.size else {
                throw .conflict("the copy has \(published.size) entries, the log itself \(checkpoint.size)")
            }
            var tree = TreeReader(source, size: checkpoint.size)
            guard try tree.root(size: published.size) == published.root else {
                throw .conflict("the copy's \(published.size) entries are not the beginning of the log's")
            }
            if published.size == checkpoint.size, published.note == checkpoint.note, copied.minimum >= minimum,
                copied.bundlesLeft.isEmpty
            {
                return
            }
        }
        try copy(checkpoint.checkpoint, from: published?.size ?? 0, entriesFrom: minimum)
        try target.replaceCheckpoint(with: checkpoint.note.bytes)
        // Only now does the copy have the entry that says so.
        try prune(from: copied, to: max(minimum, copied.minimum))
    }

    /// What the log does not keep, its copy does not keep either; first it says so.
    private func prune(from copied: PruneMark, to minimum: UInt64) throws(LogVerificationError) {
        let mark = PruneMark(minimum: minimum, removed: copied.removed)
        guard !mark.bundlesLeft.isEmpty else { return }
        try target.replacePruneMark(with: mark.bytes)
        for bundle in mark.bundlesLeft { try target.remove(bundle: TilePath(unchecked: .entries, index: bundle)) }
        try target.replacePruneMark(with: PruneMark(minimum: minimum, removed: minimum).bytes)
    }

    private func copy(
        _ checkpoint: Checkpoint, from oldSize: UInt64, entriesFrom minimum: UInt64
    ) throws(LogVerificationError) {
        var tiles = try VerifiedTiles(source, checkpoint: checkpoint)
        for level in (0..<TileFrontier.levelCount(size: checkpoint.size)).reversed() {
            let full = checkpoint.size >> UInt64(8 * level + 8)
            let end = full + (TileFrontier.width(level: level, size: checkpoint.size) == 0 ? 0 : 1)
            for index in (oldSize >> UInt64(8 * level + 8))..<end {
                let tile = try tiles.hashes(level: level, index: index)
                let path = TilePath(unchecked: .hashes(level: level), index: index, width: tile.count)
                try target.put(Hash.concatenated(tile), at: path)
                if level == 0, index >= minimum / UInt64(TilePath.fullWidth) {
                    let bundle = EntryBundle(entries: try tiles.entries(bundle: index))
                    try target.put(bundle.bytes, at: TilePath(unchecked: .entries, index: index, width: tile.count))
                }
            }
        }
    }

    private func publishedCheckpoint(verifiedBy log: some LogIdentity) throws(LogVerificationError) -> SignedCheckpoint?
    {
        guard let bytes = try target.checkpoint() else { return nil }
        do {
            return try SignedCheckpoint(parsing: bytes, log: log)
        } catch {
            throw .conflict("the copy's checkpoint is not this log's: \(error)")
        }
    }
}
