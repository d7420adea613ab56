/// Which tile, and its path in a log's directory (C2SP tlog-tiles).
public struct TilePath: Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// A tile of hashes, by level: 0 holds the leaves' hashes, each further level the hashes of 256 tiles below.
        case hashes(level: Int)
        /// A bundle of the entries themselves.
        case entries
    }

    /// Hashes in a full tile, entries in a full bundle.
    public static let fullWidth = 256
    static let levelMax = 63

    public let kind: Kind
    public let index: UInt64
    /// 1…255 for a partial tile, 256 for a full one.
    public let width: Int

    /// Nil if level or width are out of bounds.
    public init?(_ kind: Kind, index: UInt64, width: Int = fullWidth) {
        if case .hashes(let level) = kind, !(0...Self.levelMax).contains(level) { return nil }
        guard (1...Self.fullWidth).contains(width) else { return nil }
        self.init(unchecked: kind, index: index, width: width)
    }

    init(unchecked kind: Kind, index: UInt64, width: Int = fullWidth) {
        self.kind = kind
        self.index = index
        self.width = width
    }

    public var isPartial: Bool { width < Self.fullWidth }

    /// Parses a path such as `tile/0/x001/x234/067` or `tile/entries/000.p/8`; there is one spelling of each.
    public init?(parsing path: String) {
        var parts = path.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Array($0) }
        guard parts.count >= 3, parts.removeFirst() == Array("tile".utf8) else { return nil }
        let level = parts.removeFirst()
        let kind: Kind
        if level == Array("entries".utf8) {
            kind = .entries
        } else {
            guard let number = Decimal.parse(level), number <= Self.levelMax else { return nil }
            kind = .hashes(level: Int(number))
        }
        var width = Self.fullWidth
        if parts.count >= 2, parts[parts.count - 2].suffix(2) == Array(".p".utf8)[...] {
            guard let number = Decimal.parse(parts.removeLast()), (1...255).contains(number) else { return nil }
            width = Int(number)
            parts[parts.count - 1].removeLast(2)
        }
        guard let index = Self.parseIndex(parts) else { return nil }
        self.init(kind, index: index, width: width)
    }

    private static func parseIndex(_ groups: [[UInt8]]) -> UInt64? {
        var index: UInt64 = 0
        for (position, group) in groups.enumerated() {
            var digits = group[...]
            if position < groups.count - 1 {
                guard digits.popFirst() == UInt8(ascii: "x") else { return nil }
            }
            guard digits.count == 3, digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
                return nil
            }
            if position == 0, groups.count > 1, digits.elementsEqual("000".utf8) { return nil }
            let value = digits.reduce(UInt64(0)) { $0 * 10 + UInt64($1 - UInt8(ascii: "0")) }
            let (product, tooLarge) = index.multipliedReportingOverflow(by: 1000)
            let (sum, overflow) = product.addingReportingOverflow(value)
            guard !tooLarge, !overflow else { return nil }
            index = sum
        }
        return groups.isEmpty ? nil : index
    }

    public var description: String {
        isPartial ? "\(fullPath).p/\(width)" : fullPath
    }

    /// The path without `.p/<width>`.
    var fullPath: String { "\(levelPath)/\(Self.indexPath(index))" }

    private var levelPath: String {
        switch kind {
        case .entries: "tile/entries"
        case .hashes(let level): "tile/\(level)"
        }
    }

    /// Groups of three digits, all but the last after an `x`.
    static func indexPath(_ index: UInt64) -> String {
        func group(_ value: UInt64) -> String {
            let digits = String(value)
            return String(repeating: "0", count: 3 - digits.utf8.count) + digits
        }
        var path = group(index % 1000)
        var rest = index / 1000
        while rest > 0 {
            path = "x\(group(rest % 1000))/\(path)"
            rest /= 1000
        }
        return path
    }
}
