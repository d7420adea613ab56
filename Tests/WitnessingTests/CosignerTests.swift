import Logging
import Synchronization
import TestSupport
import Testing
import TransparencyLog

@testable import Witnessing

/// Witnesses in memory, each of which can be down.
private final class FakeWitnesses: WitnessTransport {
    struct State {
        var witnesses: [String: Witness] = [:]
        var down: Set<String> = []
        var asked = 0
        var time: UInt64 = 1_000_000
    }

    let state: Mutex<State>

    init(_ keys: [CosigningKey], log: SigningKey) {
        var witnesses: [String: Witness] = [:]
        for key in keys { witnesses["http://\(key.name)"] = Witness(key: key, logs: [log.verifierKey]) }
        state = Mutex(State(witnesses: witnesses))
    }

    func set(_ name: String, down: Bool) {
        state.withLock { state in
            if down { state.down.insert("http://\(name)") } else { state.down.remove("http://\(name)") }
        }
    }

    func addCheckpoint(_ request: [UInt8], to url: HTTPPrefix) async throws -> WitnessAnswer {
        try state.withLock { state in
            state.asked += 1
            guard !state.down.contains("\(url)"), var witness = state.witnesses["\(url)"] else {
                throw WitnessUnreachable("down")
            }
            state.time += 1
            switch witness.decide(request, at: state.time) {
            case .refuse(let answer): return answer
            case .cosign(let cosigned, let answer):
                witness.stored(cosigned)
                state.witnesses["\(url)"] = witness
                return answer
            }
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct CosignerTests {
    private let folder: TemporaryDirectory
    private let key: SigningKey
    private let witnesses: [CosigningKey]
    private let policy: TlogPolicy
    private let fake: FakeWitnesses
    private let freshness = WitnessFreshness(limit: .seconds(1000))

    init() throws {
        folder = try TemporaryDirectory(prefix: "cosigner")
        key = try SigningKey.generate(name: "log.example/a")
        witnesses = try ["a", "b", "c"].map { try CosigningKey.generate(name: $0) }
        let lines = witnesses.map { "witness \($0.name) \($0.verifierKey) http://\($0.name)\n" }.joined()
        policy = try TlogPolicy(parsing: (lines + "group two 2 a b c\nquorum two\n").utf8)
        fake = FakeWitnesses(witnesses, log: key)
    }

    private func openLog(_ name: String = "log") throws -> LogWriter {
        var options = LogWriter.Options()
        options.segmentBytes = 1 << 16
        options.checkpointInterval = .seconds(3600)
        options.awaitsCosignatures = true
        return try LogWriter(directory: folder.file(name), key: key, options: options) { _, detail in detail }
    }

    private func cosigner(_ log: LogWriter, _ options: Cosigner.Options = Cosigner.Options()) -> Cosigner {
        Cosigner(
            policy: policy, directory: LogDirectory(folder.file("log")), transport: fake,
            publication: .init(newest: { log.checkpoint }, show: { try log.publish($0) }),
            freshness: freshness, options: options, log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// What a reader of the directory sees.
    private func shown() throws -> TlogPolicyVerdict {
        let signed = try LogDirectory(folder.file("log")).checkpoint(verifiedBy: key.verifierKey)
        return try policy.evaluate(signed.note, log: key.verifierKey)
    }

    private func grow(_ log: LogWriter, by count: Int) throws -> SignedCheckpoint {
        for number in 1..<max(count, 1) { _ = try log.append(LogRecord(entry: [UInt8(number & 255)])) }
        _ = try log.appendDurably(LogRecord(entry: [0]))
        return try log.publishCheckpoint()
    }

    @Test func `readers see each checkpoint with its quorum, and one that follows the last`() async throws {
        let log = try openLog()
        let cosigner = cosigner(log)
        for count in [1, 300, 5, 1000] {
            await cosigner.finish(try grow(log, by: count))
            let verdict = try shown()
            #expect(verdict.isQuorumMet && verdict.cosigners.count == 3)
            #expect(verdict.checkpoint.size == log.durableSize)
        }
        #expect(freshness.isFresh)
        try log.close()
    }

    @Test func `one witness may be down, and catches up when it is back`() async throws {
        let log = try openLog()
        let cosigner = cosigner(log)
        await cosigner.finish(try grow(log, by: 10))
        fake.set("b", down: true)
        await cosigner.finish(try grow(log, by: 300))
        #expect(try shown().cosigners.map(\.name) == ["a", "c"])
        await cosigner.finish(try grow(log, by: 300))
        fake.set("b", down: false)
        await cosigner.finish(try grow(log, by: 7))
        #expect(try shown().cosigners.count == 3)
        try log.close()
    }

    @Test func `without a quorum nothing is fresh, and readers keep what the quorum saw until patience ends`()
        async throws
    {
        let log = try openLog()
        var options = Cosigner.Options()
        options.interval = .milliseconds(20)
        options.patience = .seconds(3600)
        let cosigner = cosigner(log, options)
        await cosigner.finish(try grow(log, by: 10))
        let seen = try shown()
        fake.set("a", down: true)
        fake.set("b", down: true)
        _ = try grow(log, by: 10)
        let asked = fake.state.withLock { $0.asked }
        let rounds = Task { await cosigner.run() }
        while fake.state.withLock({ $0.asked }) < asked + 9 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try shown() == seen)
        fake.set("a", down: false)
        while try shown().checkpoint.size < 20 { try await Task.sleep(for: .milliseconds(10)) }
        #expect(try shown().isQuorumMet)
        rounds.cancel()
        await rounds.value
        // At the end readers get the last one, whatever the witnesses say.
        fake.set("a", down: true)
        await cosigner.finish(try grow(log, by: 1))
        #expect(try shown().checkpoint.size == 21 && !shown().isQuorumMet)
        try log.close()
    }

    @Test func `an idle log's checkpoint is cosigned again, so that its age can be judged`() async throws {
        let log = try openLog()
        var options = Cosigner.Options()
        options.interval = .milliseconds(10)
        options.refresh = .milliseconds(10)
        _ = try grow(log, by: 3)
        let cosigner = cosigner(log, options)
        let rounds = Task { await cosigner.run() }
        while try !shown().isQuorumMet { try await Task.sleep(for: .milliseconds(10)) }
        let first = try #require(try shown().witnessedAt)
        while try shown().witnessedAt ?? 0 <= first + 3 { try await Task.sleep(for: .milliseconds(10)) }
        rounds.cancel()
        await rounds.value
        let signed = try LogDirectory(folder.file("log")).checkpoint(verifiedBy: key.verifierKey)
        #expect(signed.note.signatures.count == 4, "a line for each key")
        try log.close()
    }

    @Test func `a forged or foreign answer counts for nothing`() async throws {
        let log = try openLog()
        let other = try CosigningKey.generate(name: "a")
        fake.state.withLock { $0.witnesses["http://a"] = Witness(key: other, logs: [key.verifierKey]) }
        fake.set("b", down: true)
        let cosigner = cosigner(log)
        await cosigner.finish(try grow(log, by: 3))
        #expect(try shown().cosigners.map(\.name) == ["c"])
        #expect(!freshness.isFresh)
        try log.close()
    }

    @Test func `before it is written to, an old copy is known by the witnesses' word`() async throws {
        let log = try openLog()
        await cosigner(log).finish(try grow(log, by: 10))
        let old = try #require(log.checkpoint)
        let inquiry = WitnessInquiry(policy: policy, transport: fake)
        #expect(await inquiry.run(old).isQuorum)
        fake.set("c", down: true)
        await cosigner(log).finish(try grow(log, by: 10))
        fake.set("c", down: false)
        let report = await inquiry.run(old)
        #expect(
            report.lines.map(\.standing) == [
                .alarm(.rolledBack(size: 10, witnessed: 20)), .alarm(.rolledBack(size: 10, witnessed: 20)),
                .knowsNoMore,
            ])
        #expect(!report.isQuorum)
        // What the directory has now is what they know.
        try log.close()
        let last = try #require(try LogWriter.lastSigned(in: folder.file("log"), key: key))
        #expect(await inquiry.run(last).isQuorum)
        // Nor may the directory be lost, or another history of the same length stand in it.
        let empty = try SignedCheckpoint(
            try key.sign("\(key.name)\n0\n\(Hash.emptyRoot.base64)\n"), log: key.verifierKey)
        #expect(await inquiry.run(empty).lines[0].standing == .alarm(.rolledBack(size: 0, witnessed: 20)))
        let forked = try SignedCheckpoint(
            try key.sign("\(key.name)\n20\n\(Hash.leaf([1]).base64)\n"), log: key.verifierKey)
        #expect(await inquiry.run(forked).lines[0].standing == .alarm(.fork(size: 20)))
    }

    @Test func `a log shows readers only what it signed, and never less than before`() async throws {
        let log = try openLog()
        let first = try grow(log, by: 3)
        try log.publish(first.note)
        let second = try grow(log, by: 3)
        try log.publish(second.note)
        #expect(throws: LogError.self) { try log.publish(first.note) }
        let ahead = try key.sign("\(key.name)\n7\n\(Hash.leaf([1]).base64)\n")
        #expect(throws: LogError.self) { try log.publish(ahead) }
        let forked = try key.sign("\(key.name)\n6\n\(Hash.leaf([1]).base64)\n")
        #expect(throws: LogError.self) { try log.publish(forked) }
        let stranger = try SigningKey.generate(name: key.name).sign(second.note.text)
        #expect(throws: LogError.self) { try log.publish(stranger) }
        try log.close()
        // What was cosigned survives the next start.
        await cosigner(try reopened()).finish(second)
        #expect(try shown().cosigners.count == 3)
        try reopened().close()
        #expect(try shown().cosigners.count == 3)
    }

    private func reopened() throws -> LogWriter { try openLog() }

    @Test func `freshness ends when its time is over`() {
        let freshness = WitnessFreshness(limit: .seconds(30))
        #expect(!freshness.isFresh(at: 5))
        freshness.quorumReached(askedAt: 1_000_000_000)
        #expect(freshness.isFresh(at: 30_999_999_999))
        #expect(!freshness.isFresh(at: 31_000_000_000))
    }
}
