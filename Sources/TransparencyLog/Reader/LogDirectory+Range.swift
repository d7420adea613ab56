extension LogDirectory {
    /// A proof file for the entries of a range under the published checkpoint, all of them verified.
    public func prove(_ range: Range<UInt64>, verifiedBy log: some LogIdentity) throws(LogVerificationError)
        -> RangeProofFile
    {
        let checkpoint = try checkpoint(verifiedBy: log)
        guard !range.isEmpty, range.upperBound <= checkpoint.size else {
            throw .outOfRange(
                "entries \(range.lowerBound) up to \(range.upperBound) were asked for, there are \(checkpoint.size)")
        }
        var tree = TreeReader(source, size: checkpoint.size)
        let proof = try tree.rangeProof(of: range, size: checkpoint.size)
        let width = UInt64(TilePath.fullWidth)
        var tiles = try VerifiedTiles(source, checkpoint: checkpoint.checkpoint)
        var check = RangeCheck(proof)
        for bundle in (range.lowerBound / width)...((range.upperBound - 1) / width) {
            for (position, entry) in try tiles.entries(bundle: bundle).enumerated()
            where range.contains(bundle * width + UInt64(position)) {
                check.read(.leaf(entry))
            }
        }
        guard check.leads(to: checkpoint.root) else {
            // The hashes beside the range come from tiles that were verified with it.
            throw .damaged(LogLayout.checkpoint, "its tiles changed while they were read")
        }
        return RangeProofFile(proof, note: checkpoint.note)
    }
}
