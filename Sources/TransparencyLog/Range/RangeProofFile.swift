/// A proof that certain entries are a range of a log, to be checked offline (docs/formats/range.md, `.tlog-range`).
public struct RangeProofFile: Sendable, Hashable {
    public static let header = "ringfence/tlog-range@v1"
    /// A subtree for each bit of a size below 2^63.
    static let hashesMax = 63

    public let range: Range<UInt64>
    public let left: [Hash]
    public let right: [Hash]
    /// The checkpoint, verbatim.
    public let note: SignedNote

    init(_ proof: RangeProof, note: SignedNote) {
        range = proof.range
        left = proof.left
        right = proof.right
        self.note = note
    }

    public init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
        guard bytes.count <= SignedNote.bytesMax else { throw .malformed("the range file is too long") }
        var rest = Array(bytes)[...]
        func line() throws(NoteError) -> ArraySlice<UInt8> {
            guard let end = rest.firstIndex(of: 0x0A) else { throw .malformed("the range file ends early") }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        func bound(_ name: String) throws(NoteError) -> UInt64 {
            let line = try line()
            guard line.starts(with: "\(name) ".utf8), let value = Decimal.parse(line.dropFirst(name.utf8.count + 1)),
                value <= UInt64(Int64.max)
            else { throw .malformed("the line “\(name)” and an index is missing") }
            return value
        }
        guard try line().elementsEqual(Self.header.utf8) else { throw .malformed("not a \(Self.header) file") }
        let (from, to) = (try bound("from"), try bound("to"))
        guard from < to else { throw .malformed("the range \(from) to \(to) has no entries") }
        var current = try line()
        func hashes(_ name: String) throws(NoteError) -> [Hash] {
            var hashes: [Hash] = []
            while current.starts(with: "\(name) ".utf8) {
                guard hashes.count < Self.hashesMax, let bytes = Base64.decode(current.dropFirst(name.utf8.count + 1)),
                    let hash = Hash(bytes)
                else { throw .malformed("a line “\(name)” holds no hash, or there are too many") }
                hashes.append(hash)
                current = try line()
            }
            return hashes
        }
        left = try hashes("left")
        right = try hashes("right")
        guard current.isEmpty else { throw .malformed("an empty line must part the hashes and the checkpoint") }
        range = from..<to
        note = try SignedNote(parsing: rest)
    }

    public var bytes: [UInt8] {
        var text = "\(Self.header)\nfrom \(range.lowerBound)\nto \(range.upperBound)\n"
        for hash in left { text += "left \(hash.base64)\n" }
        for hash in right { text += "right \(hash.base64)\n" }
        return Array((text + "\n").utf8) + note.bytes
    }

    /// - Returns: The checkpoint, its signatures verified, and what takes the entries and compares with its root.
    /// - Throws: `.proofFails` if the file has not as many hashes as the range takes under its checkpoint.
    public func check(log: some LogIdentity, witnesses: [VerifierKey] = [])
        throws(NoteError) -> (checkpoint: SignedCheckpoint, entries: RangeCheck)
    {
        let checkpoint = try SignedCheckpoint(note, log: log, witnesses: witnesses)
        guard let proof = RangeProof(range: range, size: checkpoint.size, left: left, right: right) else {
            throw .proofFails
        }
        return (checkpoint, RangeCheck(proof))
    }
}
