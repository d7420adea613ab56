import TestSupport
import Testing

@testable import TransparencyLog

struct TlogPolicyTests {
    private let log: SigningKey
    private let witnesses: [CosigningKey]

    init() throws {
        log = try testKey()
        witnesses = try (1...6).map { number in
            try CosigningKey(name: "w\(number)", seed: [UInt8](repeating: UInt8(100 + number), count: 32))
        }
    }

    private func text(_ rest: String) -> String {
        "log \(log.verifierKey) https://log.example\n"
            + witnesses.enumerated().map { "witness W\($0 + 1) \($1.verifierKey)\n" }.joined() + rest
    }

    private func policy(_ rest: String) throws -> TlogPolicy { try TlogPolicy(parsing: text(rest).utf8) }

    private func note(_ times: [UInt64?]) throws -> SignedNote {
        let text = Checkpoint(origin: log.name, size: 0, root: .emptyRoot).text
        let lines = try zip(witnesses, times).compactMap { key, time in try time.map { try key.cosign(text, at: $0) } }
        return try SignedNote(text: text, signatures: log.sign(text).signatures + lines)
    }

    @Test func `the specification's example counts as it says`() throws {
        let policy = try policy(
            """
            # two of three, and one of three
            group X-witnesses 2 W1 W2 W3
            \tgroup  Y-witnesses any\tW4 W5 W6\u{20}

            group X-and-Y all X-witnesses Y-witnesses
            quorum X-and-Y

            """)
        #expect(policy.logs.first?.url == "https://log.example")
        #expect(policy.groups.map(\.threshold) == [2, 1, 2])
        let verdict = try policy.evaluate(note([10, nil, 30, nil, 20, nil]), log: log.verifierKey)
        #expect(verdict.isQuorumMet)
        #expect(verdict.cosigners.map(\.name) == ["W1", "W3", "W5"])
        // Without the one from 10 there would be no two of X.
        #expect(verdict.witnessedAt == 10)
        #expect(try policy.evaluate(note([10, 25, 30, nil, 20, nil])).witnessedAt == 20)
        #expect(try !policy.evaluate(note([10, nil, nil, 40, 20, 30])).isQuorumMet)
        #expect(try policy.evaluate(note([10, 20, 30, nil, nil, nil])).witnessedAt == nil)
    }

    @Test func `the quorum may be one witness, or none`() throws {
        let none = try TlogPolicy(parsing: "quorum none\n".utf8)
        let verdict = try none.evaluate(note([]), log: log.verifierKey)
        #expect(verdict.isQuorumMet && verdict.witnessedAt == nil && verdict.cosigners.isEmpty)
        let one = try policy("quorum W2\n")
        #expect(try one.evaluate(note([1, 2])).witnessedAt == 2)
        #expect(try !one.evaluate(note([1])).isQuorumMet)
    }

    @Test func `a log that is not listed is not accepted`() throws {
        let other = try SigningKey.generate(name: "log.example/other")
        let policy = try policy("quorum none\n")
        let text = Checkpoint(origin: other.name, size: 0, root: .emptyRoot).text
        #expect(throws: NoteError.unsigned) { try policy.evaluate(other.sign(text)) }
        #expect(throws: NoteError.unsigned) { try policy.evaluate(other.sign(text), log: other.verifierKey) }
        #expect(throws: NoteError.unsigned) { try TlogPolicy(parsing: "quorum none\n".utf8).evaluate(note([])) }
        // The listed log's key under a checkpoint of another origin.
        #expect(throws: NoteError.wrongOrigin(other.name)) { try policy.evaluate(log.sign(text)) }
    }

    @Test(arguments: [
        ("", 7, "no quorum"), ("quorum none\nquorum W1\n", 9, "already, line 8"), ("quorum W9\n", 8, "not defined"),
        ("quorum\n", 8, "reads"), ("quorum none\nlog x\n", 9, "verifier key"), ("Quorum none\n", 8, "none of log"),
        ("group G 0 W1\nquorum G\n", 8, "from 1 to 1"), ("group G 2 W1\nquorum G\n", 8, "from 1 to 1"),
        ("group G 01 W1\nquorum G\n", 8, "from 1 to 1"), ("group G all\nquorum G\n", 8, "reads"),
        ("group G all W1 W1\nquorum G\n", 8, "a group already"), ("group G any G\nquorum G\n", 8, "not defined"),
        ("group G any W1\ngroup H any W1\nquorum H\n", 9, "a group already"),
        ("group W1 any W2\n", 8, "defined already"),
        ("group none any W2\n", 8, "meaning of its own"), ("group G any none\n", 8, "no member"),
        ("quorum none", 8, "line end"), ("quorum none\r\n", 8, "control"), ("quorum none\u{7F}\n", 8, "control"),
    ])
    func `a line that breaks the format is named`(rest: String, line: Int, what: String) throws {
        do throws(TlogPolicyError) {
            _ = try TlogPolicy(parsing: text(rest).utf8)
            Issue.record("\(rest.debugDescription) was taken")
        } catch {
            #expect(error.line == line, "\(error)")
            #expect(error.what.contains(what), "\(error)")
        }
    }

    @Test func `keys have one line each, and the type that their line needs`() throws {
        let key = witnesses[0].verifierKey
        let renamed = try VerifierKey(name: "other", algorithm: key.algorithm, publicKey: key.publicKey)
        for bad in [
            "witness A \(key)\nwitness B \(renamed)\nquorum A\n", "log \(key)\nquorum none\n",
            "witness A \(log.verifierKey)\nquorum A\n", "log \(log.verifierKey)\nlog \(log.verifierKey)\nquorum none\n",
        ] {
            #expect(throws: TlogPolicyError.self, "\(bad)") { try TlogPolicy(parsing: bad.utf8) }
        }
    }

    @Test func `forty logs, witnesses and nested groups are no matter`() throws {
        var text = ""
        for number in 0..<40 {
            text += "log \(try SigningKey.generate(name: "log\(number)").verifierKey)\n"
            text += "witness w\(number) \(try CosigningKey.generate(name: "w\(number)").verifierKey)\n"
            text += "group g\(number) all w\(number)\(number > 0 ? " g\(number - 1)" : "")\n"
        }
        let policy = try TlogPolicy(parsing: (text + "quorum g39\n").utf8)
        #expect(policy.logs.count == 40 && policy.witnesses.count == 40 && policy.groups.count == 40)
        #expect(policy.isQuorum(Set(0..<40)))
        #expect(!policy.isQuorum(Set(0..<39)))
    }

    /// Against the obvious model: the quorum is met at T if it is met by those that cosigned at T or later.
    @Test func `how fresh a quorum is, is the latest time at which the younger ones suffice`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<40 {
            let (first, second) = (Int.random(in: 1...3, using: &generator), Int.random(in: 1...4, using: &generator))
            let policy = try policy("group A \(first) W1 W2 W3\ngroup B \(second) A W4 W5 W6\nquorum B\n")
            let times = (0..<6).map { _ in
                Bool.random(using: &generator) ? UInt64.random(in: 1...9, using: &generator) : nil
            }
            func isMet(by cosigners: Set<Int>) -> Bool {
                let inner = cosigners.intersection([0, 1, 2]).count >= first
                return cosigners.intersection([3, 4, 5]).count + (inner ? 1 : 0) >= second
            }
            let expected = (1...9).last { time in
                isMet(by: Set(times.indices.filter { times[$0] ?? 0 >= time }))
            }
            let verdict = try policy.evaluate(note(times))
            #expect(verdict.witnessedAt == expected.map { UInt64($0) })
            #expect(verdict.isQuorumMet == (expected != nil))
            #expect(policy.isQuorum(Set(times.indices.filter { times[$0] != nil })) == verdict.isQuorumMet)
        }
    }

    @Test func `no mutation of a policy crashes`() throws {
        let bytes = Array(text("group G 2 W1 W2 W3\ngroup H all G W4\nquorum H\n").utf8)
        var taken = 0
        for mutated in mutations(of: bytes, count: 5_000, seed: 12) {
            if let policy = try? TlogPolicy(parsing: mutated) {
                taken += 1
                _ = policy.isQuorum([0, 1])
            }
        }
        #expect(taken > 0)
    }
}
