import TestSupport
import Testing

@testable import TransparencyLog

/// A log in memory, as a witness sees it.
private struct SampleLog {
    let key: SigningKey
    var leaves: [Hash] = []

    init(_ key: SigningKey, leaves count: UInt64) {
        self.key = key
        leaves = (0..<count).map { .leaf(entry($0)) }
    }

    func root(_ size: UInt64) -> Hash { .treeRoot(of: leaves[..<Int(size)]) }

    func note(_ size: UInt64, root: Hash? = nil) throws -> SignedNote {
        try key.sign(Checkpoint(origin: key.name, size: size, root: root ?? self.root(size)).text)
    }

    func request(from old: UInt64, to new: UInt64) throws -> AddCheckpointRequest {
        AddCheckpointRequest(oldSize: old, proof: proof(old, new), note: try note(new))
    }

    /// RFC 6962 section 2.1.2, by its recursion.
    func proof(_ old: UInt64, _ new: UInt64) -> [Hash] {
        func subproof(_ count: Int, _ part: ArraySlice<Hash>, isWhole: Bool) -> [Hash] {
            if count == part.count { return isWhole ? [] : [.treeRoot(of: part)] }
            let split = Int(UInt64(part.count).largestPowerOfTwoBelow)
            let middle = part.startIndex + split
            if count <= split {
                return subproof(count, part[..<middle], isWhole: isWhole) + [.treeRoot(of: part[middle...])]
            }
            return subproof(count - split, part[middle...], isWhole: false) + [.treeRoot(of: part[..<middle])]
        }
        return old == 0 || old == new ? [] : subproof(Int(old), leaves[..<Int(new)], isWhole: true)
    }
}

struct WitnessTests {
    private let key: CosigningKey
    private let log: SampleLog

    init() throws {
        key = try CosigningKey(name: "wit.example/w1", seed: [UInt8](repeating: 2, count: 32))
        log = SampleLog(try testKey(), leaves: 40)
    }

    private func witness() -> Witness { Witness(key: key, logs: [log.key.verifierKey]) }

    /// Decides and, as its driver would, stores.
    private func ask(_ witness: inout Witness, _ request: AddCheckpointRequest, at time: UInt64 = 100)
        -> WitnessAnswer
    {
        switch witness.decide(request.bytes, at: time) {
        case .refuse(let answer): return answer
        case .cosign(let cosigned, let answer):
            witness.stored(cosigned)
            return answer
        }
    }

    @Test func `a log is followed from its first checkpoint on, and a refresh is a new cosignature`() throws {
        var witness = witness()
        for (old, new, time) in [(0, 7, 100), (7, 8, 100), (8, 40, 101), (40, 40, 105)] as [(UInt64, UInt64, UInt64)] {
            let request = try log.request(from: old, to: new)
            let answer = ask(&witness, request, at: time)
            #expect(answer.status == 200)
            let lines = try SignedNote.signatureLines(answer.body)
            let note = request.note.adding(lines, verifiedBy: [key.verifierKey])
            #expect(try note.verified(by: [key.verifierKey]).map(\.time) == [time])
            #expect(witness.latest(of: log.key.name)?.checkpoint.size == new)
        }
        #expect(witness.origins == [log.key.name])
    }

    @Test func `nothing is remembered that was not stored`() throws {
        let witness = witness()
        guard case .cosign = witness.decide(try log.request(from: 0, to: 7).bytes, at: 100) else {
            Issue.record("refused")
            return
        }
        #expect(witness.latest(of: log.key.name) == nil)
    }

    @Test func `each reason has its status`() throws {
        var witness = witness()
        #expect(ask(&witness, try log.request(from: 0, to: 8)).status == 200)
        let good = try log.request(from: 8, to: 20)
        func status(_ oldSize: UInt64, _ proof: [Hash], _ note: SignedNote) -> Int {
            ask(&witness, AddCheckpointRequest(oldSize: oldSize, proof: proof, note: note)).status
        }
        let other = Hash.leaf([9])
        let stranger = SampleLog(try SigningKey.generate(name: "log.example/other"), leaves: 9)
        #expect(status(0, [], try stranger.note(9)) == 404)
        let impostor = SampleLog(try SigningKey.generate(name: log.key.name), leaves: 20)
        #expect(status(8, good.proof, try impostor.note(20)) == 403)
        let line = good.note.signatures[0]
        let forged = NoteSignature(name: line.name, keyID: line.keyID, signature: line.signature.reversed())
        #expect(status(8, good.proof, try SignedNote(text: good.note.text, signatures: [forged])) == 403)
        #expect(status(21, [], good.note) == 400)
        #expect(status(8, Array(repeating: other, count: 64), good.note) == 400)
        let extended = try log.key.sign(good.note.text + "extension\n")
        #expect(status(8, good.proof, extended) == 400)
        for old in [0, 7, 20] as [UInt64] {
            let answer = ask(&witness, AddCheckpointRequest(oldSize: old, proof: [], note: good.note))
            #expect(answer == WitnessAnswer(status: 409, contentType: "text/x.tlog.size", body: Array("8\n".utf8)))
        }
        #expect(status(8, [], good.note) == 422)
        #expect(status(8, good.proof.reversed(), good.note) == 422)
        #expect(status(8, good.proof, try log.note(20, root: other)) == 422)
        #expect(status(8, [], try log.note(8, root: other)) == 422)
        #expect(status(8, [other], try log.note(8)) == 422)
        // Only now: none of these has moved it.
        #expect(ask(&witness, good).status == 200)
        #expect(status(8, good.proof, good.note) == 409)
    }

    @Test func `an empty log has one root, and a first checkpoint no proof`() throws {
        var witness = witness()
        let wrong = try log.note(0, root: .leaf([]))
        #expect(ask(&witness, AddCheckpointRequest(oldSize: 0, proof: [], note: wrong)).status == 422)
        let proved = AddCheckpointRequest(oldSize: 0, proof: [.leaf([])], note: try log.note(4))
        #expect(ask(&witness, proved).status == 422)
        #expect(ask(&witness, try log.request(from: 0, to: 0)).status == 200)
        #expect(ask(&witness, try log.request(from: 0, to: 4)).status == 200)
        #expect(ask(&witness, try log.request(from: 0, to: 4)).status == 409)
    }

    /// Sunlight's advisory of 2026: a stored line that pretended to be the witness's own wedged its log.
    @Test func `only verified lines are stored`() throws {
        var witness = witness()
        let request = try log.request(from: 0, to: 8)
        let pretended = NoteSignature(
            name: key.name, keyID: key.verifierKey.keyID, signature: [UInt8](repeating: 1, count: 72))
        let unknown = NoteSignature(name: "pq", keyID: 6, signature: [UInt8](repeating: 1, count: 2428))
        let note = try SignedNote(text: request.note.text, signatures: [pretended, unknown] + request.note.signatures)
        #expect(ask(&witness, AddCheckpointRequest(oldSize: 0, proof: [], note: note)).status == 200)
        let stored = try #require(witness.latest(of: log.key.name))
        #expect(stored.note.signatures.map(\.name) == [log.key.name, key.name])
        #expect(try WitnessedCheckpoint(parsing: stored.note.bytes, cosignedBy: key.verifierKey) == stored)
    }

    @Test func `a clock that went back cosigns nothing`() throws {
        var witness = witness()
        #expect(ask(&witness, try log.request(from: 0, to: 8), at: 100).status == 200)
        #expect(ask(&witness, try log.request(from: 8, to: 9), at: 99).status == 503)
        #expect(ask(&witness, try log.request(from: 8, to: 9), at: 100).status == 200)
    }

    @Test func `a request has one spelling, and no mutation of one is cosigned as something else`() throws {
        var witness = witness()
        #expect(ask(&witness, try log.request(from: 0, to: 7)).status == 200)
        let request = try log.request(from: 7, to: 20)
        let bytes = request.bytes
        #expect(try AddCheckpointRequest(parsing: bytes) == request)
        let text = String(decoding: bytes, as: UTF8.self)
        for bad in [
            "", "old\n", "old 07\n", "old -1\n", "old 7", text.replacing("old 7", with: "old  7"),
            text.replacing("old 7\n", with: "old 7\r\n"), text.replacing("old", with: "Old"), "\n" + text,
            String(text.dropLast()), text + "\n",
        ] {
            #expect(throws: NoteError.self, "\(bad.debugDescription)") { try AddCheckpointRequest(parsing: bad.utf8) }
            guard case .refuse(let answer) = witness.decide(bad.utf8, at: 100) else {
                Issue.record("\(bad)")
                continue
            }
            #expect(answer.status == 400)
        }
        #expect(throws: NoteError.self) {
            try AddCheckpointRequest(parsing: [UInt8](repeating: 0x0A, count: AddCheckpointRequest.bytesMax + 1))
        }
        for mutated in mutations(of: bytes, count: 5_000, seed: 21) where mutated != bytes {
            if case .cosign(let cosigned, _) = witness.decide(mutated, at: 100) {
                #expect(cosigned.note.text == request.note.text)
            }
        }
    }

    /// Whatever is asked in whatever order: what it cosigned is one history.
    @Test func `a witness never cosigns two histories`() throws {
        let honest = log
        var forked = SampleLog(log.key, leaves: 40)
        for index in 12..<40 { forked.leaves[index] = .leaf([1, UInt8(index)]) }
        for seed in 0..<20 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var witness = witness()
            var cosigned: [Checkpoint] = []
            for step in 0..<200 {
                let source = Bool.random(using: &generator) ? honest : forked
                let new = UInt64.random(in: 0...40, using: &generator)
                let known = witness.latest(of: log.key.name)?.checkpoint.size ?? 0
                let old = min(Bool.random(using: &generator) ? known : .random(in: 0...40, using: &generator), new)
                let request = try source.request(from: old, to: new)
                if case .cosign(let next, _) = witness.decide(request.bytes, at: UInt64(1000 + step)) {
                    witness.stored(next)
                    cosigned.append(next.checkpoint)
                }
            }
            #expect(zip(cosigned, cosigned.dropFirst()).allSatisfy { $0.size <= $1.size })
            let isHonest = cosigned.allSatisfy { $0.root == honest.root($0.size) }
            let isForked = cosigned.allSatisfy { $0.root == forked.root($0.size) }
            #expect(isHonest || isForked)
        }
    }
}
