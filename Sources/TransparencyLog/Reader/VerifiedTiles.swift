/// Reads tiles from the root down: what it returns hashes to the root of the checkpoint.
///
/// The partial tiles at the right edge yield the root; each full tile must hash to its place in the tile above. So a
/// changed byte is found in the file that has it, not in a neighbour that disagrees with it.
struct VerifiedTiles {
    private let source: TileSource
    private let size: UInt64
    private let edge: [[Hash]]
    /// The tile read last, by level: enough for going through in order.
    private var latest: [(index: UInt64, hashes: [Hash])?]

    init(_ source: TileSource, checkpoint: Checkpoint) throws(LogVerificationError) {
        self.source = source
        size = checkpoint.size
        let levelCount = TileFrontier.levelCount(size: size)
        latest = Array(repeating: nil, count: levelCount)
        var levels: [[Hash]] = []
        for level in 0..<levelCount {
            let width = TileFrontier.width(level: level, size: size)
            if width == 0 {
                levels.append([])
            } else {
                let path = Self.edgePath(level: level, width: width, size: size)
                levels.append(try source.hashes(path))
            }
        }
        edge = levels
        guard TileFrontier(size: size, levels: levels)?.root == checkpoint.root else {
            throw Self.fault(atEdge: levels, of: source, size: size)
        }
    }

    /// The hashes of a tile as the checkpoint has it.
    mutating func hashes(level: Int, index: UInt64) throws(LogVerificationError) -> [Hash] {
        if index == size >> UInt64(8 * level + 8) { return edge[level] }
        if let tile = latest[level], tile.index == index { return tile.hashes }
        let path = TilePath(unchecked: .hashes(level: level), index: index)
        let expected = try hashes(level: level + 1, index: index >> 8)[Int(index & 255)]
        let hashes = try source.hashes(path, root: expected)
        latest[level] = (index, hashes)
        return hashes
    }

    /// The root that the first `oldSize` entries have, which are at most all.
    mutating func root(size oldSize: UInt64) throws(LogVerificationError) -> Hash? {
        guard oldSize > 0 else { return .emptyRoot }
        var levels: [[Hash]] = []
        for level in 0..<TileFrontier.levelCount(size: oldSize) {
            let width = TileFrontier.width(level: level, size: oldSize)
            levels.append(
                width == 0 ? [] : Array(try hashes(level: level, index: oldSize >> UInt64(8 * level + 8)).prefix(width))
            )
        }
        return TileFrontier(size: oldSize, levels: levels)?.root
    }

    /// The entries of a bundle, each of which has the hash that its tile has.
    mutating func entries(bundle index: UInt64) throws(LogVerificationError) -> [[UInt8]] {
        let (bytes, entries) = try bundle(index)
        return entries.map { Array(bytes[$0]) }
    }

    /// The same without an array for each entry: the bundle's bytes, and where in them the entries are.
    mutating func bundle(_ index: UInt64) throws(LogVerificationError) -> (bytes: [UInt8], entries: [Range<Int>]) {
        let expected = try hashes(level: 0, index: index)
        let path = TilePath(unchecked: .entries, index: index, width: expected.count)
        return try source.bundleBytes(path, leaves: expected)
    }

    private static func edgePath(level: Int, width: Int, size: UInt64) -> TilePath {
        TilePath(unchecked: .hashes(level: level), index: size >> UInt64(8 * level + 8), width: width)
    }

    /// The right edge does not yield the root: the tile that disagrees with what is below it is to blame; if none
    /// does, the checkpoint speaks of another log.
    private static func fault(atEdge levels: [[Hash]], of source: TileSource, size: UInt64) -> LogVerificationError {
        for (level, hashes) in levels.enumerated() where !hashes.isEmpty {
            let path = edgePath(level: level, width: hashes.count, size: size)
            do {
                let below: [Hash]
                if level == 0 {
                    let bundle = TilePath(unchecked: .entries, index: path.index, width: path.width)
                    let (_, bytes, entries) = try source.bundleBytes(bundle)
                    below = entries.map { Hash.leaf(bytes[$0]) }
                } else {
                    below = try (0..<hashes.count).map { position in
                        let index = path.index * UInt64(TilePath.fullWidth) + UInt64(position)
                        let tile = TilePath(unchecked: .hashes(level: level - 1), index: index)
                        return Hash.treeRoot(of: try source.hashes(tile)[...])
                    }
                }
                guard below == hashes else {
                    return .damaged(source.name(path), "its hashes do not lead to the checkpoint's root")
                }
            } catch let error as LogVerificationError {
                return error
            } catch {
                return .damaged(source.name(path), "\(error)")
            }
        }
        return LogVerificationError(
            code: .conflict, path: LogLayout.checkpoint, what: "its root is not that of the tiles beside it",
            remedy: "keep both: the log may have signed two histories, or somebody replaced its tiles")
    }
}
