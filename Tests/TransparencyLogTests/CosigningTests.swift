import Foundation
import Testing

@testable import TransparencyLog

struct CosigningTests {
    private let known: NoteTests.KnownAnswers
    private let log: VerifierKey
    private let witness: CosigningKey

    init() throws {
        known = try JSONDecoder().decode(NoteTests.KnownAnswers.self, from: fixture("ledger-kat.json"))
        log = try VerifierKey(parsing: known.log_vkey)
        witness = try CosigningKey(name: "wit.example/w1", seed: [UInt8](repeating: 2, count: 32))
    }

    private func note() throws -> SignedNote { try SignedNote(parsing: known.checkpoint_700.utf8) }

    @Test func `the known witness's seed yields its key, and its cosignature verifies`() throws {
        #expect(witness.verifierKey.description == known.witness_vkey)
        let line = try witness.cosign(note().text, at: 0x6952_47C0)
        #expect(line.signature.count == 72)
        #expect(line.signature.prefix(8).elementsEqual([0, 0, 0, 0, 0x69, 0x52, 0x47, 0xC0]))
        let verified = try SignedNote(text: note().text, signatures: [line]).verified(by: [witness.verifierKey])
        #expect(verified.map(\.time) == [0x6952_47C0])
    }

    @Test func `a cosignature is of its time and its text`() throws {
        let line = try witness.cosign("a\n", at: 5)
        #expect(!witness.verifierKey.verifies(line.signature, of: "b\n").isValid)
        var later = line.signature
        later[7] = 6
        #expect(!witness.verifierKey.verifies(later, of: "a\n").isValid)
        #expect(throws: NoteError.self) { try witness.cosign("a\n", at: 0) }
        #expect(throws: NoteError.self) { try witness.cosign("a\n", at: 1 << 63) }
    }

    @Test func `a log's key does not cosign, a witness's does not sign`() throws {
        #expect(try CosigningKey(parsing: witness.secretText + "\n").verifierKey == witness.verifierKey)
        #expect(throws: NoteError.self) { try SigningKey(parsing: witness.secretText) }
        #expect(throws: NoteError.self) { try CosigningKey(parsing: testKey().secretText) }
    }

    @Test func `cosignatures are added once, only if they verify, and the newer one stays`() throws {
        let key = witness.verifierKey
        let bare = try note().keeping(linesOf: [log])
        #expect(bare.signatures.count == 1)
        let first = try witness.cosign(bare.text, at: 10)
        let second = try witness.cosign(bare.text, at: 20)
        let forged = NoteSignature(
            name: first.name, keyID: first.keyID, signature: first.signature.dropLast() + [first.signature[71] ^ 1])
        let stranger = try CosigningKey.generate(name: "stranger").cosign(bare.text, at: 30)
        #expect(bare.adding([forged, stranger], verifiedBy: [key]) == bare)
        let twice = bare.adding([second, first, second], verifiedBy: [key])
        #expect(twice.signatures == bare.signatures + [second])
        #expect(try twice.verified(by: [key]).map(\.time) == [20])
    }

    /// The known ML-DSA-44 message's cosigner: 8 bytes of time and 2420 of signature.
    @Test func `a line of type 0x06 is kept to the byte and ignored`() throws {
        let line = NoteSignature(
            name: "wit.example/pq", keyID: 0xA1B2_C3D4, signature: (0..<2428).map { UInt8(truncatingIfNeeded: $0) })
        let bytes = Array((known.checkpoint_700 + "\(line)\n").utf8)
        let note = try SignedNote(parsing: bytes)
        #expect(note.bytes == bytes)
        #expect(try note.verified(by: [log, witness.verifierKey]).count == 2)
        #expect(
            note.adding([try witness.cosign(note.text, at: 1 << 40)], verifiedBy: [witness.verifierKey])
                .signatures.contains(line))
        #expect(throws: NoteError.self) { try VerifierKey(parsing: "wit.example/pq+a1b2c3d4+BgAA") }
    }

    @Test func `lines of an answer have one spelling`() throws {
        let line = try witness.cosign("a\n", at: 5)
        #expect(try SignedNote.signatureLines("\(line)\n".utf8) == [line])
        #expect(try SignedNote.signatureLines("\(line)\n\(line)\n".utf8).count == 2)
        for bad in ["", "\n", "\(line)", "\(line)\n\n", "x\(line)\n", "\(line)\r\n", " \(line)\n"] {
            #expect(throws: NoteError.self, "\(bad.debugDescription)") { try SignedNote.signatureLines(bad.utf8) }
        }
        for bytes in mutations(of: Array("\(line)\n".utf8), count: 2_000, seed: 3) {
            guard let lines = try? SignedNote.signatureLines(bytes) else { continue }
            #expect(Array(lines.map { "\($0)\n" }.joined().utf8) == bytes)
        }
    }
}
