/// What a log asks a witness: to cosign a checkpoint, which continues one that the witness knows (tlog-witness,
/// `add-checkpoint`).
public struct AddCheckpointRequest: Sendable, Hashable {
    /// As Sunlight's witness has it; 63 hashes and a note of many signatures take a tenth.
    public static let bytesMax = 128 << 10
    public static let hashesMax = 63
    public static let path = "add-checkpoint"

    /// The size of the checkpoint that the witness cosigned last; 0 if there was none.
    public let oldSize: UInt64
    /// From there to the checkpoint's size (RFC 6962 section 2.1.2).
    public let proof: [Hash]
    public let note: SignedNote

    public init(oldSize: UInt64, proof: [Hash], note: SignedNote) {
        self.oldSize = oldSize
        self.proof = proof
        self.note = note
    }

    public init(parsing bytes: some Collection<UInt8>) throws(NoteError) {
        guard bytes.count <= Self.bytesMax else { throw .malformed("a request of more than \(Self.bytesMax) bytes") }
        var rest = Array(bytes)[...]
        func line() throws(NoteError) -> ArraySlice<UInt8> {
            guard let end = rest.firstIndex(of: 0x0A) else { throw .malformed("the request ends early") }
            defer { rest = rest[(end + 1)...] }
            return rest[..<end]
        }
        let first = try line()
        guard first.starts(with: "old ".utf8), let oldSize = Decimal.parse(first.dropFirst(4)) else {
            throw .malformed("the first line reads: old SIZE")
        }
        var proof: [Hash] = []
        var current = try line()
        while !current.isEmpty {
            guard proof.count < Self.hashesMax else { throw .malformed("more than \(Self.hashesMax) hashes") }
            guard let decoded = Base64.decode(current), let hash = Hash(decoded) else {
                throw .malformed("a line of the proof is not a hash")
            }
            proof.append(hash)
            current = try line()
        }
        self.init(oldSize: oldSize, proof: proof, note: try SignedNote(parsing: rest))
    }

    public var bytes: [UInt8] {
        Array(("old \(oldSize)\n" + proof.map { $0.base64 + "\n" }.joined() + "\n").utf8) + note.bytes
    }
}

/// What a witness answers, by the protocol's status codes.
public struct WitnessAnswer: Sendable, Hashable {
    /// The type of a 409's body.
    public static let sizeType = "text/x.tlog.size"
    static let textType = "text/plain; charset=utf-8"

    public let status: Int
    public let contentType: String
    public let body: [UInt8]

    public init(status: Int, contentType: String, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }

    /// A sentence for whoever reads it; programs look at the status.
    public init(status: Int, _ reason: String) {
        self.init(status: status, contentType: Self.textType, body: Array((reason + "\n").utf8))
    }

    /// 409: the old size is not that of the checkpoint that was cosigned last.
    static func conflict(size: UInt64) -> WitnessAnswer {
        WitnessAnswer(status: 409, contentType: sizeType, body: Array("\(size)\n".utf8))
    }

    /// The size that a 409 names.
    var conflictingSize: UInt64? {
        guard status == 409, body.last == 0x0A else { return nil }
        return Decimal.parse(body.dropLast())
    }
}
