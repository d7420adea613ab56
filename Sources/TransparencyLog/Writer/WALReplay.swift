/// What a crash left in the segments of the write-ahead log.
struct WALReplay {
    struct Segment {
        let name: String
        let bytes: [UInt8]
        let header: WALFormat.Header?

        init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
            header = bytes.withUnsafeBytes { WALFormat.header(of: $0) }
        }
    }

    struct Record: Equatable {
        let index: UInt64
        let entry: [UInt8]
        let sealedDetail: [UInt8]?
    }

    /// The highest sequence number seen: the next segment to be used takes a higher one.
    private(set) var lastSequence: UInt64 = 0
    private let segments: [Segment]
    private let headless: [Segment]

    init(_ all: [Segment], origin: UInt64) {
        segments = all.filter { $0.header?.origin == origin }
            .sorted { ($0.header?.sequence ?? 0) < ($1.header?.sequence ?? 0) }
        headless = all.filter { $0.header == nil }
        lastSequence = segments.compactMap { $0.header?.sequence }.max() ?? 0
    }

    /// Calls `body` with every record from index `first` on, in order, up to the torn tail.
    ///
    /// - Throws: `.corrupted` if a record is missing that was once durable: a gap before a later segment, or damage
    ///   before a frame of a later group. (Only the last group can be torn by a crash.)
    func records(from first: UInt64, _ body: (Record) throws(LogError) -> Void) throws(LogError) {
        var next = first
        for (position, segment) in segments.enumerated() {
            guard let header = segment.header else { continue }
            let limit = position + 1 < segments.count ? segments[position + 1].header?.firstIndex : nil
            if let limit, limit <= first { continue }
            guard header.firstIndex <= next else {
                throw .corrupted(
                    path: segment.name, what: "entries \(next)..<\(header.firstIndex) are missing before it")
            }
            var expected = header.firstIndex
            var offset = WALFormat.headerBytes
            while limit.map({ expected < $0 }) ?? true {
                let frame = segment.bytes.withUnsafeBytes { WALFormat.frame(of: $0, at: offset) }
                guard let frame, frame.salt == header.salt, frame.index == expected else { break }
                if expected == next {
                    try body(
                        Record(
                            index: expected, entry: Array(segment.bytes[frame.entry]),
                            sealedDetail: frame.detail.map { Array(segment.bytes[$0]) }))
                    next += 1
                }
                expected += 1
                offset = frame.end
            }
            // Also before `first`: frames behind the damage cannot be reached any more.
            if limit.map({ expected < $0 }) ?? true,
                Self.hasLaterGroup(in: segment, salt: header.salt, after: offset, lost: expected)
            {
                throw .corrupted(path: segment.name, what: "entry \(expected), which was durable, is damaged")
            }
        }
        for segment in headless where Self.hidesDurableRecords(segment, from: next) {
            throw .corrupted(path: segment.name, what: "its header is damaged, and entries that were durable follow it")
        }
    }

    /// Whether a frame further on belongs to a group that was written once `lost` was durable.
    private static func hasLaterGroup(in segment: Segment, salt: UInt64, after offset: Int, lost: UInt64) -> Bool {
        segment.bytes.withUnsafeBytes { bytes in
            var offset = offset
            while offset + WALFormat.frameHeaderBytes <= bytes.count {
                if WALFormat.salt(of: bytes, frameAt: offset) == salt,
                    let frame = WALFormat.frame(of: bytes, at: offset), frame.groupFirst > lost
                {
                    return true
                }
                offset += 1
            }
            return false
        }
    }

    /// A torn first write may lose the header; a later group in the same segment shows that it was durable once.
    private static func hidesDurableRecords(_ segment: Segment, from next: UInt64) -> Bool {
        let first = segment.bytes.withUnsafeBytes { WALFormat.frame(of: $0, at: WALFormat.headerBytes) }
        guard let first, first.index >= next else { return false }
        return hasLaterGroup(in: segment, salt: first.salt, after: first.end, lost: first.index)
    }
}
