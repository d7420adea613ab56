/// One entry as its author hands it over.
public struct LogRecord: Sendable, Hashable {
    /// What every reader of the log sees: at most ``entryBytesMax`` bytes.
    public var entry: [UInt8]
    /// What the sealing closure encrypts, and what never becomes part of the tree: at most ``detailBytesMax`` bytes.
    public var detail: [UInt8]?
    /// Whether it may use the space that is kept for when the disk is full or the log is behind: for entries that end
    /// what an earlier entry began (an outcome, a close) or that say why nothing more is accepted.
    public var usesReserve: Bool

    /// The format's bound (tlog-tiles: a bundle gives each entry's length in 16 bits).
    public static let entryBytesMax = 65_535
    public static let detailBytesMax = 1 << 20
    /// How much longer than the detail its sealed form may be.
    public static let sealOverheadMax = 512

    public init(entry: [UInt8], detail: [UInt8]? = nil, usesReserve: Bool = false) {
        self.entry = entry
        self.detail = detail
        self.usesReserve = usesReserve
    }

    /// - Throws: `.entryTooLarge` for more than the format's bounds.
    package func checkLengths() throws(LogError) {
        guard entry.count <= Self.entryBytesMax else { throw .entryTooLarge(bytes: entry.count) }
        if let detail, detail.count > Self.detailBytesMax { throw .entryTooLarge(bytes: detail.count) }
    }
}
