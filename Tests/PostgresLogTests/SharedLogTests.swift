import Foundation
import PostgresLog
import Synchronization
import TestSupport
import Testing
import TransparencyLog

/// Several writers of one log, against a real server.
@Suite struct SharedLogTests {
    private final class Seen: DurabilityObserver {
        let failure = Mutex<LogError?>(nil)
        let tickets = Mutex<[UInt64]>([])
        let outages = Mutex(0)

        /// As long as the log lives.
        func wait(until condition: () -> Bool) throws {
            while !condition() {
                if let failure = failure.withLock({ $0 }) { throw failure }
                usleep(1000)
            }
        }

        func entriesDurable(through last: AppendTicket) { tickets.withLock { $0.append(last.rawValue) } }
        func logUnreachable(_ reason: String) { outages.withLock { $0 += 1 } }
        func logFailed(_ error: LogError) { failure.withLock { $0 = error } }
    }

    @Test func `two writers under load make one tree, without a gap and without a duplicate`() throws {
        let shared = try SharedDatabase()
        let (first, second) = (try shared.writer("a"), try shared.writer("b"))
        let producers = (0..<8).map { _ in Producer() }
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            producers[number].run(number % 2 == 0 ? first : second, "\(number):", count: 150)
        }
        #expect(try first.publishCheckpoint().size == 1200)
        try first.close()
        try second.close()
        let entries = try shared.verifiedEntries()
        #expect(entries.count == 1200)
        #expect(Set(entries) == Set(producers.flatMap(\.durable)))
        #expect(producers.allSatisfy { $0.durable.count == 150 })
        // Each producer's entries stand in the order in which it made them.
        for number in 0..<8 {
            #expect(entries.filter { $0.hasPrefix("\(number):") } == producers[number].durable)
        }
        let detail = try shared.log.sealedDetail(EntryIndex(700))
        #expect(detail.map { String(decoding: $0.dropFirst(), as: UTF8.self) } == entries[700])
    }

    @Test func `another key of the log's name is refused, by who has seen a head and by who has not`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        _ = try writer.appendDurably(LogRecord(entry: [1]))
        try writer.close()
        let key = try SigningKey(name: SharedDatabase.origin, seed: [UInt8](repeating: 8, count: 32))
        for name in ["a", "b"] {
            let error = #expect(throws: LogError.self) {
                try SharedLogWriter(
                    shared.location(), name: name, key: key, stateDirectory: shared.folder.file("state-\(name)"),
                    options: SharedDatabase.options, seal: { $0 })
            }
            #expect("\(error as LogError?)".contains("cannot change its key yet"))
        }
    }

    @Test func `what an event loop takes in a turn is durable after its commit, in the order of its tickets`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        let seen = Seen()
        writer.addObserver(seen)
        for turn in 0..<3 as Range<UInt64> {
            for number in 0..<50 as Range<UInt64> {
                let text = "entry \(turn * 50 + number)"
                let ticket = try writer.enqueue(LogRecord(entry: Array(text.utf8)))
                #expect(ticket == AppendTicket(turn * 50 + number))
            }
            writer.commit()
            try seen.wait { seen.tickets.withLock { $0.last == turn * 50 + 49 } }
        }
        // What nobody committed is made durable at the end.
        _ = try writer.enqueue(LogRecord(entry: Array("entry 150".utf8)))
        try writer.close()
        #expect(try shared.verifiedEntries() == (0..<151).map { "entry \($0)" })
    }

    @Test func `a log of more than a level of tiles is verified from rows, and its proofs verify`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        for number in 0..<70_000 {
            while true {
                do throws(LogError) {
                    _ = try writer.append(LogRecord(entry: Array("entry \(number)".utf8)))
                    break
                } catch {
                    #expect(error == .full)
                    usleep(1000)
                }
            }
        }
        try writer.close()
        // The root that two independent implementations have for these entries.
        let log = shared.log
        let checkpoint = try log.checkpoint(verifiedBy: shared.key.verifierKey)
        #expect(checkpoint.size == 70_000)
        #expect(checkpoint.root.base64 == "o5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao=")
        _ = try log.verifyHashes(with: shared.key.verifierKey)
        let proof = try log.inclusionProof(of: EntryIndex(65_537), size: 70_000)
        #expect(proof.verifies(leaf: .leaf(Array("entry 65537".utf8)), root: checkpoint.root))
        // A restart goes on from there.
        let again = try shared.writer("a")
        #expect(try again.appendDurably(LogRecord(entry: [1])) == EntryIndex(70_000))
        #expect(try again.publishCheckpoint().size == 70_001)
        try again.close()
    }

    @Test(arguments: [CuttingProxy.Cut.request, .answer])
    func `a group whose answer is lost is committed once and acknowledged once`(cut: CuttingProxy.Cut) throws {
        let shared = try SharedDatabase()
        let proxy = try CuttingProxy(to: shared.database.cluster.port)
        defer { proxy.close() }
        let writer = try shared.writer("a", at: shared.location(port: proxy.port))
        let seen = Seen()
        writer.addObserver(seen)
        var expected: [String] = []
        for number in 0..<30 {
            if number % 3 == 0 { proxy.cutNext(cut) }
            let text = "entry \(number)"
            let index = try writer.appendDurably(LogRecord(entry: Array(text.utf8)))
            #expect(index == EntryIndex(UInt64(number)))
            expected.append(text)
        }
        #expect(proxy.cutCount >= 10)
        #expect(seen.tickets.withLock { $0 } == Array(0..<30))
        try writer.close()
        #expect(try shared.verifiedEntries() == expected)
    }

    @Test func `when the server dies nothing acknowledged is missing, and service resumes by itself`() throws {
        let cluster = try PostgresCluster(.v15, isDurable: true)
        let shared = try SharedDatabase(cluster)
        let writers = try ["a", "b"].map { try shared.writer($0) }
        let seen = [Seen(), Seen()]
        for (writer, seen) in zip(writers, seen) { writer.addObserver(seen) }
        func wait(until condition: () -> Bool) throws {
            try seen[0].wait { condition() || seen[1].failure.withLock { $0 != nil } }
            if let failure = seen[1].failure.withLock({ $0 }) { throw failure }
        }
        let producers = (0..<4).map { _ in Producer() }
        let group = DispatchGroup()
        defer {
            for producer in producers { producer.stop() }
            group.wait()
        }
        for (number, producer) in producers.enumerated() {
            DispatchQueue.global().async(group: group) { producer.run(writers[number % 2], "\(number):") }
        }
        for _ in 0..<3 {
            let before = producers.map(\.durable.count)
            try wait { zip(producers, before).allSatisfy { $0.durable.count > $1 + 5 } }
            // No checkpoint, no farewell: what was not flushed is gone.
            let outages = seen.map { $0.outages.withLock { $0 } }
            try cluster.stop(.immediate)
            try wait { zip(seen, outages).allSatisfy { $0.outages.withLock { $0 } > $1 } }
            for writer in writers {
                let error = #expect(throws: LogError.self) { try writer.append(LogRecord(entry: [1])) }
                #expect(error?.isRetryable == true)
            }
            try cluster.start()
        }
        let before = producers.map(\.durable.count)
        try wait { zip(producers, before).allSatisfy { $0.durable.count > $1 } }
        for producer in producers { producer.stop() }
        group.wait()
        for writer in writers { try writer.close() }
        let entries = try shared.verifiedEntries()
        #expect(Set(entries).count == entries.count)
        let missing = Set(producers.flatMap(\.durable)).subtracting(entries)
        #expect(missing.isEmpty, "\(missing.prefix(5))")
    }

    @Test func `a writer's process that is killed leaves whole groups, and each that it was answered`() throws {
        let shared = try SharedDatabase()
        let other = try shared.writer("a")
        // A process of its own that appends groups of three, and prints each answer.
        var script = "SELECT 'fence', fence FROM ringfence_ledger.claim('b', '\\x01', false, 1000);\n"
        for group in 1...20_000 {
            script +=
                "SELECT ringfence_ledger.append('b', 1, \(group), ARRAY['\(group):0', '\(group):1', '\(group):2']"
                + "::bytea[], ARRAY[NULL, NULL, NULL]::bytea[]);\n"
        }
        let file = try shared.folder.write(script, to: "groups.sql")
        let child = try ChildProcess([
            "psql", "-X", "-A", "-t", "-d",
            shared.database.connectionString(user: SharedDatabase.writerRole, password: SharedDatabase.password), "-f",
            file,
        ])
        while child.output.split(separator: "\n").count < 40, child.status == nil {
            _ = try other.appendDurably(LogRecord(entry: Array("other".utf8)))
        }
        child.signal(SIGKILL, wholeGroup: true)
        let answers = child.finish(timeout: 20).output.split(separator: "\n").dropFirst().compactMap { Int($0) }
        #expect(answers.count >= 39)
        _ = try other.appendDurably(LogRecord(entry: Array("last".utf8)))
        try other.close()
        let entries = try shared.verifiedEntries()
        for (group, first) in answers.enumerated() {
            #expect(entries[first..<first + 3] == (0..<3).map { "\(group + 1):\($0)" }[...])
        }
        // The one that was under way is there whole or not at all.
        #expect(entries.count { $0.contains(":") } % 3 == 0)
        #expect(entries.contains("last"))
    }

    @Test func `a writer whose place was taken commits nothing more`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        let seen = Seen()
        writer.addObserver(seen)
        _ = try writer.appendDurably(LogRecord(entry: [1]))
        // One that is alive keeps its place.
        #expect {
            try SharedLogWriter(
                shared.location(), name: "a", key: shared.key, stateDirectory: shared.folder.file("elsewhere"),
                options: SharedDatabase.options, seal: { $0 })
        } throws: { error in
            if case LogError.locked = error { true } else { false }
        }
        try shared.database.run(
            "UPDATE ringfence_ledger.writer SET holder = '\\x00', fence = fence + 1 WHERE name = 'a'")
        #expect(throws: LogError.self) { try writer.appendDurably(LogRecord(entry: [2])) }
        while seen.failure.withLock({ $0 == nil }) { usleep(1000) }
        #expect(throws: LogError.self) { try writer.append(LogRecord(entry: [3])) }
        #expect(throws: LogError.self) { try writer.close() }
        #expect(try shared.database.run("SELECT count(*) FROM ringfence_ledger.entry") == "1")
        // Another name is another writer.
        let other = try shared.writer("b")
        #expect(try other.appendDurably(LogRecord(entry: [4])) == EntryIndex(1))
        try other.close()
        #expect(try shared.verifiedEntries().count == 2)
    }

    @Test func `a writer may add, and neither change nor take away`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        _ = try writer.appendDurably(LogRecord(entry: [1], detail: [2]))
        try writer.close()
        for attack in [
            "DELETE FROM ringfence_ledger.entry", "UPDATE ringfence_ledger.entry SET entry = ''",
            "INSERT INTO ringfence_ledger.entry VALUES (9, '')", "TRUNCATE ringfence_ledger.node",
            "UPDATE ringfence_ledger.log SET size = 0", "UPDATE ringfence_ledger.head SET size = 0",
            "DELETE FROM ringfence_ledger.detail", "UPDATE ringfence_ledger.writer SET fence = 0",
            "DROP TABLE ringfence_ledger.entry",
        ] {
            let result = try shared.database.psql(
                attack, user: SharedDatabase.writerRole, password: SharedDatabase.password)
            #expect(!result.succeeded, "\(attack)")
            #expect(result.errors.contains("42501"), "\(attack): \(result)")
        }
    }

    @Test func `a head moves only from where the signer started`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        for number in 0..<UInt8(5) { _ = try writer.appendDurably(LogRecord(entry: [number])) }
        let signed = try writer.publishCheckpoint()
        // Signed with the log's own key, but of another tree: as a second process that went astray would.
        let forged = try shared.key.sign(
            Checkpoint(origin: shared.key.name, size: 6, root: .leaf([9])).text)
        func hex(_ bytes: [UInt8]) -> String { bytes.map { String(format: "%02x", $0) }.joined() }
        _ = try writer.appendDurably(LogRecord(entry: [5]))
        _ = try writer.publishCheckpoint()
        let answer = try shared.database.run(
            """
            SELECT ringfence_ledger.advance('a', (SELECT holder FROM ringfence_ledger.writer WHERE name = 'a'),
                \(signed.size), '\\x\(hex(signed.root.bytes))', 6, '\\x\(hex(Hash.leaf([9]).bytes))',
                '\\x\(hex(forged.bytes))', '{}', '{}', '{}')
            """)
        #expect(answer == "f")
        // Forced into the table, it ends whoever sees it, and nobody starts on it.
        try shared.database.run(
            """
            UPDATE ringfence_ledger.head SET root = '\\x\(hex(Hash.leaf([9]).bytes))', note = '\\x\(hex(forged.bytes))'
            """)
        #expect(throws: LogError.self) {
            for number in 0..<1000 {
                _ = try writer.appendDurably(LogRecord(entry: [UInt8(number & 255)]))
                usleep(10_000)
            }
        }
        #expect(throws: LogError.self) { try writer.close() }
        #expect {
            try shared.writer("b")
        } throws: { error in
            if case LogError.rolledBack = error { true } else { false }
        }
    }

    @Test func `a database that was put back to an earlier day is refused`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        for number in 0..<UInt8(10) { _ = try writer.appendDurably(LogRecord(entry: [number])) }
        try writer.close()
        let backup = try shared.database.cluster.createDatabase(prefix: "backup", template: shared.database.name)
        let again = try shared.writer("a")
        for number in 10..<UInt8(20) { _ = try again.appendDurably(LogRecord(entry: [number])) }
        try again.close()
        #expect {
            try shared.writer("a", at: shared.location(backup.name))
        } throws: { error in
            if case LogError.rolledBack = error { true } else { false }
        }
    }

    @Test func `an entry that was changed below the head refuses the start`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        for number in 0..<UInt8(10) { _ = try writer.appendDurably(LogRecord(entry: [number])) }
        try writer.close()
        try shared.database.run("UPDATE ringfence_ledger.entry SET entry = '\\x63' WHERE index = 3")
        #expect(throws: LogError.self) { try shared.writer("a") }
        #expect(throws: LogVerificationError.self) { try shared.log.verify(with: shared.key.verifierKey) }
    }

    @Test func `an entry that was changed before it was signed is not signed, and ends the log`() throws {
        let shared = try SharedDatabase()
        var options = SharedDatabase.options
        options.checkpointInterval = .seconds(3600)
        let writer = try shared.writer("a", options: options)
        _ = try writer.publishCheckpoint()
        for number in 0..<UInt8(10) { _ = try writer.appendDurably(LogRecord(entry: [number])) }
        try shared.database.run("UPDATE ringfence_ledger.entry SET entry = '\\x63' WHERE index = 3")
        let error = #expect(throws: LogError.self) { try writer.publishCheckpoint() }
        #expect("\(error.map { "\($0)" } ?? "")".contains("entries 3 to 3 are not those that this gateway committed"))
        #expect(throws: LogError.self) { try writer.close() }
        #expect(try shared.database.run("SELECT size FROM ringfence_ledger.head") == "0")
    }

    @Test func `erased details are gone, and that there were some is not`() throws {
        let shared = try SharedDatabase()
        let writer = try shared.writer("a")
        for number in 0..<UInt8(10) { _ = try writer.appendDurably(LogRecord(entry: [number], detail: [number])) }
        try writer.eraseDetails(of: RangeSet([2..<4, 8..<9]))
        #expect(try shared.log.sealedDetail(EntryIndex(1)) == [0xDD, 1])
        for index in [2, 3, 8] as [UInt64] { #expect(try shared.log.sealedDetail(EntryIndex(index)) == []) }
        #expect(try shared.log.firstKeptDetail(of: RangeSet([2..<4])) == nil)
        try writer.close()
        #expect(try shared.verifiedEntries().count == 10)
    }

    @Test func `another log's key, a missing ledger and a server without fsync are refused with a remedy`() throws {
        let shared = try SharedDatabase()
        let other = try SigningKey(name: "log.example/other", seed: [UInt8](repeating: 8, count: 32))
        func message(_ location: SharedLogLocation, _ key: SigningKey) -> String {
            do throws(LogError) {
                let writer = try SharedLogWriter(
                    location, name: "a", key: key, stateDirectory: shared.folder.file("state"),
                    options: SharedDatabase.options, seal: { $0 })
                try writer.close()
                return "opened"
            } catch {
                return "\(error)"
            }
        }
        #expect(message(shared.location(), other).contains("holds the log log.example/shared, not log.example/other"))
        var elsewhere = shared.location()
        elsewhere.schema = "nowhere"
        #expect(message(elsewhere, shared.key).contains("ringfence ledger init"))
        let careless = try SharedDatabase(PostgresCluster.shared(.v15))
        #expect(message(careless.location(), shared.key).contains("fsync off"))
    }
}
