/// A proof that an entry is in a log, to be checked offline (C2SP tlog-proof, `.tlog-proof`).
public struct InclusionProofFile: Sendable, Hashable {
    public static let header = "c2sp.org/tlog-proof@v1"
    static let hashesMax = 63

    /// Whatever the writer added; nothing vouches for it.
    public let extra: [UInt8]?
    public let index: EntryIndex
    /// From the leaf's sibling up to the root's child.
    public let proof: [Hash]
    /// The checkpoint, verbatim.
    public let note: SignedNote

    public init(extra: [UInt8]? = nil, index: EntryIndex, proof: [Hash], note: SignedNote) {
        self.extra = extra
        self.index = index
        self.proof = proof
        self.note = note
    }

    public init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
        guard bytes.count <= SignedNote.bytesMax else { throw .malformed("the proof file is too long") }
        var rest = Array(bytes)[...]
        func line() throws(NoteError) -> ArraySlice<UInt8> {
            guard let end = rest.firstIndex(of: 0x0A) else { throw .malformed("the proof file ends early") }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        guard try line().elementsEqual(Self.header.utf8) else { throw .malformed("not a \(Self.header) file") }
        var current = try line()
        var extra: [UInt8]?
        if current.starts(with: "extra ".utf8) {
            guard let decoded = Base64.decode(current.dropFirst(6)) else { throw .malformed("extra is not base64") }
            extra = decoded
            current = try line()
        }
        guard current.starts(with: "index ".utf8), let index = Decimal.parse(current.dropFirst(6)) else {
            throw .malformed("the proof's index is missing")
        }
        var proof: [Hash] = []
        current = try line()
        while !current.isEmpty {
            guard proof.count < Self.hashesMax, let decoded = Base64.decode(current), let hash = Hash(decoded) else {
                throw .malformed("a line of the proof is not a hash")
            }
            proof.append(hash)
            current = try line()
        }
        self.init(extra: extra, index: EntryIndex(index), proof: proof, note: try SignedNote(parsing: rest))
    }

    public var bytes: [UInt8] {
        var text = Self.header + "\n"
        if let extra { text += "extra \(Base64.encode(extra))\n" }
        text += "index \(index)\n"
        for hash in proof { text += hash.base64 + "\n" }
        return Array((text + "\n").utf8) + note.bytes
    }

    /// - Returns: The checkpoint that `entry` is under.
    public func verify(entry: [UInt8], log: some LogIdentity, witnesses: [VerifierKey] = [])
        throws(NoteError) -> SignedCheckpoint
    {
        let checkpoint = try SignedCheckpoint(note, log: log, witnesses: witnesses)
        let inclusion = InclusionProof(index: index, size: checkpoint.size, hashes: proof)
        guard inclusion.verifies(leaf: .leaf(entry), root: checkpoint.root) else { throw .proofFails }
        return checkpoint
    }
}
