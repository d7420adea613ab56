import Testing

@testable import TransparencyLog

struct KeyRotationTests {
    private let old: SigningKey
    private let next: SigningKey
    private let both: SigningKey

    init() throws {
        old = try testKey()
        next = try SigningKey(name: old.name, seed: [UInt8](repeating: 8, count: 32))
        both = try old.rotating(to: next)
    }

    private func append(_ range: Range<UInt64>, to store: FaultyStore, _ key: SigningKey) throws {
        let log = try LogWriter(
            directory: "/log", key: key, options: smallOptions(), storage: store, seal: plainSeal)
        #expect(log.durableSize == range.lowerBound)
        for number in range { _ = try log.appendDurably(LogRecord(entry: entry(number))) }
        try log.close()
    }

    @Test func `while a key is rotated whoever knows either key verifies the log, and who knows both needs no more`()
        throws
    {
        let store = FaultyStore()
        let directory = LogDirectory("/log", storage: store)
        func size(_ keys: VerifierKey...) throws -> UInt64 { try directory.verify(with: LogKeys(keys)).size }

        try append(0..<3, to: store, old)
        #expect(try size(old.verifierKey) == 3)
        #expect(try size(old.verifierKey, next.verifierKey) == 3)
        #expect(throws: LogVerificationError.self) { try size(next.verifierKey) }

        try append(3..<6, to: store, both)
        #expect(try size(old.verifierKey) == 6)
        #expect(try size(next.verifierKey) == 6)
        #expect(try size(next.verifierKey, old.verifierKey) == 6)
        #expect(try directory.checkpoint(verifiedBy: old.verifierKey).note.keyIDs(signingAs: old.name).count == 2)

        try append(6..<9, to: store, next)
        #expect(try size(next.verifierKey) == 9)
        #expect(try size(old.verifierKey, next.verifierKey) == 9)
        let error = #expect(throws: LogVerificationError.self) { try size(old.verifierKey) }
        #expect(error?.code == .untrusted)
        #expect(error?.what.contains("may have rotated its key") == true, "\(String(describing: error))")
        #expect(error?.what.contains("entry of kind “key”") == true)
    }

    @Test func `a key that never signed beside the old one is refused at the start, and nothing is signed`() throws {
        let store = FaultyStore()
        try append(0..<3, to: store, old)
        let head = store.bytes("/log/head")
        let error = #expect(throws: LogError.self) { try append(3..<4, to: store, next) }
        guard case .corrupted("/log/head", let what) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(what.contains("signs beside the new one"))
        #expect(store.bytes("/log/head") == head)
    }

    @Test func `a rotation that is begun can be given up`() throws {
        let store = FaultyStore()
        try append(0..<2, to: store, old)
        try append(2..<4, to: store, both)
        try append(4..<6, to: store, old)
        #expect(try LogDirectory("/log", storage: store).verify(with: old.verifierKey).size == 6)
    }

    @Test func `a signature of either key that does not verify is refused by whoever knows that key`() throws {
        let signed = try both.sign(Checkpoint(origin: old.name, size: 0, root: .emptyRoot).text)
        for broken in 0..<2 {
            var lines = signed.signatures
            lines[broken] = NoteSignature(
                name: lines[broken].name, keyID: lines[broken].keyID, signature: [UInt8](repeating: 1, count: 64))
            let note = try SignedNote(text: signed.text, signatures: lines)
            let keys = [old.verifierKey, next.verifierKey]
            #expect(throws: NoteError.badSignature(name: old.name)) { try SignedCheckpoint(note, log: LogKeys(keys)) }
            #expect(throws: NoteError.badSignature(name: old.name)) { try SignedCheckpoint(note, log: keys[broken]) }
            #expect(try SignedCheckpoint(note, log: keys[1 - broken]).size == 0)
        }
    }

    @Test func `a log's next key has its name and is another`() throws {
        #expect(throws: NoteError.self) { try old.rotating(to: old) }
        #expect(throws: NoteError.self) { try old.rotating(to: testKey("log.example/other")) }
        #expect(throws: NoteError.self) { try LogKeys([old.verifierKey, testKey("log.example/other").verifierKey]) }
        #expect(throws: NoteError.self) { try LogKeys([]) }
    }

    @Test func `a witness cosigns with either key, and needs the new one once the old signs no more`() throws {
        let store = FaultyStore()
        let witnessKey = try CosigningKey(name: "witness.example", seed: [UInt8](repeating: 3, count: 32))
        var ignorant = Witness(key: witnessKey, logs: [old.verifierKey])
        var informed = Witness(key: witnessKey, logs: [old.verifierKey, next.verifierKey])
        let directory = LogDirectory("/log", storage: store)
        var size: UInt64 = 0

        func isCosigned(by witness: inout Witness) throws -> Bool {
            let known = try LogKeys([old.verifierKey, next.verifierKey])
            let checkpoint = try directory.checkpoint(verifiedBy: known)
            let before = witness.latest(of: old.name)?.checkpoint.size ?? 0
            let request = AddCheckpointRequest(
                oldSize: before, proof: try directory.consistencyProof(from: before, to: checkpoint.size).hashes,
                note: checkpoint.note)
            guard case .cosign(let cosigned, let answer) = witness.decide(request.bytes, at: 1_000) else {
                return false
            }
            witness.stored(cosigned)
            // What it was given, with its own line, is what a reader takes.
            let line = try SignedNote(text: cosigned.note.text, signatures: cosigned.note.signatures)
            #expect(try SignedCheckpoint(line, log: known, witnesses: [witnessKey.verifierKey]).cosignatures.count == 1)
            return answer.status == 200
        }
        for (key, expected) in [(old, true), (both, true), (next, false)] {
            try append(size..<size + 2, to: store, key)
            size += 2
            #expect(try isCosigned(by: &ignorant) == expected)
            #expect(try isCosigned(by: &informed))
        }
    }
}
