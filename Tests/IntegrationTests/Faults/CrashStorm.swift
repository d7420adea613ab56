import Foundation
import Ringfence
import TestSupport
import TransparencyLog

/// A gateway that is killed again and again under load, restarted, and held against what others remember.
struct CrashStorm {
    struct Report: CustomStringConvertible {
        var kills = 0
        var killsWhileStarting = 0
        var answers = 0
        var entries: UInt64 = 0
        var checkpoints = 0
        let seed: UInt64
        let begun = Date()

        var description: String {
            "seed \(seed): \(kills) kills, \(killsWhileStarting) of them while starting, in "
                + "\(Int(Date().timeIntervalSince(begun))) s; \(answers) answers, none without its entry; "
                + "\(entries) entries; \(checkpoints) checkpoints seen, all of one history"
        }
    }

    private let deployment: Deployment
    private let key: VerifierKey
    private let auditor: AuditorAccess
    private let observer: CheckpointObserver
    private var generator: SeededGenerator
    private(set) var report: Report

    private var opener: DetailOpener
    private var verified: Checkpoint?
    private var readTo: UInt64 = 0
    private var recorded: Set<String> = []
    private var answered: Set<String> = []
    /// Answers that had come before the gateway was killed the last time.
    private var expected: Set<String> = []

    init(_ deployment: Deployment, seed: UInt64) throws {
        self.deployment = deployment
        let folder = deployment.folder
        key = try VerifierKey(
            parsing: folder.read("gateway/secrets/log.key.pub").trimmingCharacters(in: .whitespacesAndNewlines))
        auditor = try AuditorAccess(AuditorPrivateKey(parsing: folder.read("gateway/auditor/private.key")))
        opener = DetailOpener(auditor: auditor, origin: key.name)
        observer = CheckpointObserver(of: deployment.ledger)
        generator = SeededGenerator(seed: seed)
        report = Report(seed: seed)
    }

    private var answers: String { deployment.folder.file("answers") }

    /// - Parameter deadline: No more are killed after it; what is checked at the end is checked all the same.
    mutating func run(kills: Int, until deadline: Date = .distantFuture) throws {
        defer { observer.stop() }
        try deployment.startGateway()
        let writer = try ChildProcess(
            [Deployment.python, Deployment.fixture("write_through_cuts.py"), answers, "4"],
            environment: ["DSN_FEED_API": try deployment.connectionString(of: "feed-api")])
        while report.kills < kills, Date() < deadline {
            try waitForAnswers()
            usleep(UInt32.random(in: 0..<250_000, using: &generator))
            deployment.killGateway()
            report.kills += 1
            expected = try answersSoFar()
            if report.kills < kills, Int.random(in: 0..<4, using: &generator) == 0 { try killWhileStarting() }
            try deployment.startGateway()
            try check()
        }
        FileManager.default.createFile(atPath: answers + ".stop", contents: nil)
        try expectSuccess(writer.finish())
        deployment.stopGateway()
        expected = try answersSoFar()
        try check()
        try checkRows()
        try expectSuccess(
            deployment.ringfence("ledger", "verify", deployment.ledger, "--key", deployment.logKey, timeout: 1800))
        report.answers = expected.count
        report.checkpoints = observer.count
    }

    private mutating func killWhileStarting() throws {
        let child = try ChildProcess([Deployment.binary, "serve", "--config", deployment.configuration])
        usleep(UInt32.random(in: 0..<600_000, using: &generator))
        child.signal(SIGKILL, wholeGroup: true)
        _ = child.finish(timeout: 20)
        report.kills += 1
        report.killsWhileStarting += 1
    }

    private func waitForAnswers() throws {
        let before = try answersSoFar().count
        for _ in 0..<2_000 {
            if try answersSoFar().count > before { return }
            usleep(10_000)
        }
        throw ChildProcessError("seed \(report.seed): no answers come any more; \(deployment.gateway?.errors ?? "")")
    }

    private func answersSoFar() throws -> Set<String> {
        guard FileManager.default.fileExists(atPath: answers) else { return [] }
        // The last line may be half written.
        let lines = try deployment.folder.read("answers").split(separator: "\n", omittingEmptySubsequences: false)
        return Set(lines.dropLast().map(String.init))
    }

    private mutating func check() throws {
        let now = try observer.compare(key)
        // Goes on from where the last one ended, and demands that the log continues that.
        verified = try LogDirectory(deployment.ledger).verifyHashes(with: key, after: verified).checkpoint.checkpoint
        try read(to: now.size)
        report.entries = now.size
        let lost = expected.subtracting(recorded)
        guard lost.isEmpty else {
            throw ChildProcessError(
                "seed \(report.seed), kill \(report.kills): answered and not in the ledger: \(lost.sorted().prefix(5))")
        }
    }

    /// Statements by their markers, which only an auditor sees.
    private mutating func read(to size: UInt64) throws {
        let directory = LogDirectory(deployment.ledger)
        var entries = directory.entries(readTo..<size, size: size)
        while let (index, bytes) = try entries.next() {
            let entry = try Entry(parsing: bytes)
            if case .epoch(let start) = entry.body { _ = try opener.learn(start, at: index) }
            guard case .statement(let intent) = entry.body, let sealed = try directory.sealedDetail(index) else {
                continue
            }
            let sql = try opener.open(sealed, of: intent.detail, at: index).sql ?? ""
            if let start = sql.range(of: "'mark ") {
                recorded.insert(String(sql[start.lowerBound...].dropFirst().prefix { $0 != "'" }))
            }
        }
        readTo = max(readTo, size)
    }

    /// A row may have been written whose answer never left; its entry was durable before, all the same.
    private func checkRows() throws {
        let rows = try deployment.database.run("SELECT body FROM app.messages WHERE body LIKE 'mark %'")
        let unrecorded = Set(rows.split(separator: "\n").map(String.init)).subtracting(recorded)
        guard unrecorded.isEmpty else {
            throw ChildProcessError("seed \(report.seed): rows without an entry: \(unrecorded.sorted().prefix(5))")
        }
    }
}
