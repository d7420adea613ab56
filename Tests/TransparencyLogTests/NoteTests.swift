import Foundation
import Testing

@testable import TransparencyLog

struct NoteTests {
    struct KnownAnswers: Decodable {
        var log_vkey: String, witness_vkey: String, checkpoint_700: String, tlog_proof_256_of_700: String
    }

    private let known: KnownAnswers
    private let log: VerifierKey
    private let witness: VerifierKey

    init() throws {
        known = try JSONDecoder().decode(KnownAnswers.self, from: fixture("ledger-kat.json"))
        log = try VerifierKey(parsing: known.log_vkey)
        witness = try VerifierKey(parsing: known.witness_vkey)
    }

    @Test func `the known checkpoint and its cosignature verify`() throws {
        #expect(log.description == known.log_vkey)
        #expect(witness.algorithm == .timestampedEd25519)
        #expect(witness.description == known.witness_vkey)
        let checkpoint = try SignedCheckpoint(parsing: known.checkpoint_700.utf8, log: log, witnesses: [witness])
        #expect(checkpoint.size == 700)
        #expect(checkpoint.root.base64 == "xw5zSZqcGcWQ2YSUvQUOs6ZGvzjJ96OX3OWj/t47JAc=")
        #expect(checkpoint.cosignatures.map(\.key) == [witness])
        #expect(checkpoint.cosignatures.first?.time == 0x6952_47C0)
        #expect(checkpoint.note.description == known.checkpoint_700)
    }

    @Test func `signing makes the known checkpoint`() throws {
        let key = try SigningKey(name: "log.example/kat", seed: [UInt8](repeating: 1, count: 32))
        #expect(key.verifierKey == log)
        let expected = try SignedCheckpoint(parsing: known.checkpoint_700.utf8, log: log)
        let signed = try SignedCheckpoint(signing: expected.checkpoint, with: key)
        #expect(signed.note.text == expected.note.text)
        // Ed25519 may be randomised, so the signatures need not be the same.
        #expect(try signed.note.verified(by: [log]).count == 1)
    }

    @Test func `the specification's key and note verify`() throws {
        let key = try VerifierKey(
            parsing: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")
        #expect(key.name == "example.com/foo")
    }

    @Test func `a signing key survives its text`() throws {
        let key = try SigningKey.generate(name: "ledger.example.com/social")
        let again = try SigningKey(parsing: key.secretText + "\n")
        #expect(again.verifierKey == key.verifierKey)
        #expect(key.secretText.hasPrefix("PRIVATE+KEY+ledger.example.com/social+"))
        for bad in ["", "PRIVATE+KEY", key.secretText + "x", " " + key.secretText, key.secretText + "\n\n"] {
            #expect(throws: NoteError.self) { try SigningKey(parsing: bad) }
        }
        for name in ["", "a b", "a+b", "a\u{85}b", "a\u{2003}", String(repeating: "n", count: 256)] {
            #expect(throws: NoteError.self) { try SigningKey.generate(name: name) }
        }
    }

    @Test func `a verifier key whose ID, type or length is wrong is refused`() {
        let good = known.log_vkey
        for bad in [
            good.replacing("25b153c3", with: "25b153c4"), good.replacing("25b153c3", with: "25B153C3"),
            good.replacing("+AYq", with: "+AIq"), String(good.dropLast(4)), good + "AAAA", "kat+25b153c3", "",
        ] {
            #expect(throws: NoteError.self) { try VerifierKey(parsing: bad) }
        }
    }

    @Test func `unknown signatures are kept and ignored, a failing known one refuses the note`() throws {
        let unknown = "— pq.example/x AAAAAAAAAAAA\n"
        let kept = try SignedNote(parsing: (known.checkpoint_700 + unknown).utf8)
        #expect(kept.description == known.checkpoint_700 + unknown)
        #expect(try kept.verified(by: [log]).count == 1)
        let forged = known.checkpoint_700.replacing("— log.example/kat JbFTw/J5V", with: "— log.example/kat JbFTw/J5W")
        #expect(throws: NoteError.badSignature(name: "log.example/kat")) {
            try SignedNote(parsing: forged.utf8).verified(by: [log, witness])
        }
        #expect(throws: NoteError.unsigned) { try kept.verified(by: [testKey().verifierKey]) }
        // A cosignature alone does not make a checkpoint the log's.
        let lines = known.checkpoint_700.split(separator: "\n", omittingEmptySubsequences: false)
        let withoutLog = lines.filter { !$0.hasPrefix("— log") }.joined(separator: "\n")
        #expect(throws: NoteError.unsigned) {
            try SignedCheckpoint(parsing: withoutLog.utf8, log: log, witnesses: [witness])
        }
    }

    @Test func `a checkpoint has one spelling`() throws {
        let root = "xw5zSZqcGcWQ2YSUvQUOs6ZGvzjJ96OX3OWj/t47JAc="
        #expect(try Checkpoint(parsing: "a\n700\n\(root)\n").text == "a\n700\n\(root)\n")
        for bad in [
            "", "a\n", "a\n700\n", "a\n700\n\(root)", "a\n0700\n\(root)\n", "a\n+700\n\(root)\n", "a\n-1\n\(root)\n",
            "a\n\n\(root)\n", "\n700\n\(root)\n", "a\n9223372036854775808\n\(root)\n", "a\n700\n\(root)\nextension\n",
            "a\n700\n\(root)\n\n", "a\r\n700\r\n\(root)\r\n", "a\n700\n\(root.dropLast())\n", "a\n0\n\(root)\n",
            "a\n700\n\(root.replacing("Ac=", with: "Ad="))\n", "a\n٧٠٠\n\(root)\n",
        ] {
            #expect(throws: NoteError.self, "\(bad.debugDescription)") { try Checkpoint(parsing: bad) }
        }
    }

    @Test func `the known proof file verifies, and only for its entry`() throws {
        let bytes = Array(try fixture("kat.tlog-proof"))
        #expect(bytes == Array(known.tlog_proof_256_of_700.utf8))
        let proof = try InclusionProofFile(parsing: bytes)
        #expect(proof.bytes == bytes)
        #expect(try proof.verify(entry: entry(256), log: log, witnesses: [witness]).size == 700)
        #expect(throws: NoteError.proofFails) { try proof.verify(entry: entry(257), log: log) }
        let withExtra = InclusionProofFile(extra: [1, 2], index: proof.index, proof: proof.proof, note: proof.note)
        #expect(try InclusionProofFile(parsing: withExtra.bytes) == withExtra)
    }

    @Test func `no mutation of a note or proof file crashes, and none verifies as something else`() throws {
        let note = Array(known.checkpoint_700.utf8)
        for bytes in mutations(of: note, count: 5_000, seed: 1) where bytes != note {
            guard let parsed = try? SignedCheckpoint(parsing: bytes, log: log) else { continue }
            #expect(parsed.note.text == "log.example/kat\n700\nxw5zSZqcGcWQ2YSUvQUOs6ZGvzjJ96OX3OWj/t47JAc=\n")
        }
        let file = Array(try fixture("kat.tlog-proof"))
        for bytes in mutations(of: file, count: 5_000, seed: 2) where bytes != file {
            guard let parsed = try? InclusionProofFile(parsing: bytes),
                (try? parsed.verify(entry: entry(256), log: log)) != nil
            else { continue }
            #expect(parsed.index == EntryIndex(256))
        }
    }

    @Test func `base64 has one spelling`() {
        for bytes in [[], [0], [0, 1], [0, 1, 2], [0xFF, 0xFE, 0xFD, 0xFC]] as [[UInt8]] {
            #expect(Base64.decode(Base64.encode(bytes).utf8) == bytes)
            #expect(Base64.encode(bytes) == Data(bytes).base64EncodedString())
        }
        for bad in [
            "A", "AA", "AAA", "AB==", "AAB=", "A===", "====", "AA=A", "AAAA=", "AA==AAAA", "AA\n=", "-_AA", "AAAA\n",
        ] {
            #expect(Base64.decode(bad.utf8) == nil, "\(bad)")
        }
    }
}
