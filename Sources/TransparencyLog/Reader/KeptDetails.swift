extension LogDirectory {
    /// The first of `entries` of which this directory still has a sealed detail; nil if it has none of them.
    ///
    /// - Throws: ``LogVerificationError`` if a bundle cannot be read.
    public func firstKeptDetail(of entries: RangeSet<UInt64>) throws(LogVerificationError) -> EntryIndex? {
        let width = UInt64(TilePath.fullWidth)
        for range in entries.ranges {
            for bundle in range.lowerBound / width...(range.upperBound - 1) / width {
                let numbers = max(range.lowerBound, bundle * width)..<min(range.upperBound, (bundle + 1) * width)
                let lengths = try detailLengths(bundle: bundle)
                for number in numbers where lengths.indices.contains(Int(number % width)) {
                    if lengths[Int(number % width)] > 0 { return EntryIndex(number) }
                }
            }
        }
        return nil
    }

    /// The first entry, of those that stand in the log's first `size`, from which on there may be details: all bundles
    /// before hold none. `size` if there are none at all.
    public func detailsBegin(size: UInt64) throws(LogVerificationError) -> UInt64 {
        let width = UInt64(TilePath.fullWidth)
        var bundle: UInt64 = 0
        while bundle * width < size {
            if try detailLengths(bundle: bundle).contains(where: { $0 > 0 }) { return bundle * width }
            bundle += 1
        }
        return size
    }

    private func detailLengths(bundle: UInt64) throws(LogVerificationError) -> [Int] {
        let name = LogLayout.detail(bundle: bundle)
        do throws(StorageError) {
            guard let file = try storage?.open("\(path)/\(name)", writing: false, creating: false) else { return [] }
            return try DetailBundle.lengths(of: file)
        } catch {
            throw .unreadable(name, error)
        }
    }
}
