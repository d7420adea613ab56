import Foundation
import Ringfence
import TestSupport
import Testing
import TransparencyLog

@testable import Evidence

/// What a monitor says, from what was fetched and a clock.
@Suite struct FollowedLedgerTests {
    private let key: SigningKey
    private let start = EntryTime(millisecondsSince1970: 1_800_000_000_000)

    init() throws { key = try SigningKey.generate(name: "log.example/a") }

    private func checkpoint(_ size: UInt64, _ mark: UInt8 = 0) throws -> SignedCheckpoint {
        try SignedCheckpoint(
            key.sign(Checkpoint(origin: key.name, size: size, root: .leaf([mark, UInt8(size & 255)])).text),
            log: key.verifierKey)
    }

    private func followed(_ memory: FollowMemory = FollowMemory(), policy: TlogPolicy? = nil) -> FollowedLedger {
        FollowedLedger(memory, limits: FollowedLedger.Limits(), policy: policy, log: key.verifierKey)
    }

    private func at(_ seconds: Int64) -> EntryTime { start.advanced(byMilliseconds: seconds * 1000) }

    private func standing(_ seconds: Int64, isStopped: Bool = false, isFrozen: Bool = false) -> LedgerStanding {
        LedgerStanding(
            latestTime: at(seconds), latestTimeOfQuietest: isStopped ? nil : at(seconds), isStopped: isStopped,
            isFrozen: isFrozen)
    }

    private func unreachable() -> LogVerificationError {
        LogVerificationError(code: .unreadable, path: "checkpoint", what: "down", remedy: "wait")
    }

    /// One look at which everything is in order.
    @discardableResult
    private func look(
        _ followed: inout FollowedLedger, _ checkpoint: SignedCheckpoint, _ standing: LedgerStanding, at now: EntryTime,
        findings: Findings = Findings()
    ) -> [String] {
        guard case .read = followed.fetched(.success(checkpoint), at: now) else { return ["not read"] }
        return events(followed.read(.success(.continues(checkpoint, findings, standing)), at: now))
    }

    private func events(_ outcome: FollowedLedger.Outcome) -> [String] {
        outcome.notices.map { notice in
            switch notice.event {
            case .alarm(let alarm): alarm.rawValue
            case .recovered(let alarm): "-\(alarm.rawValue)"
            case .finding(let finding): finding.kind.rawValue
            }
        }
    }

    private func fetch(
        _ followed: inout FollowedLedger, _ result: Result<SignedCheckpoint, LogVerificationError>, at now: EntryTime
    ) -> [String]? {
        guard case .done(let outcome) = followed.fetched(result, at: now) else { return nil }
        return events(outcome)
    }

    @Test func `a ledger that grows in order is not worth a word`() throws {
        var log = followed()
        for step in 0..<20 {
            let now = Int64(step) * 10
            #expect(look(&log, try checkpoint(UInt64(step * 3 + 1)), standing(now - 5), at: at(now)) == [])
        }
        #expect(log.memory.checkpoint?.size == 58 && log.memory.alarms.isEmpty)
    }

    @Test func `an alarm is told when it begins and when it is over, and not between`() throws {
        var log = followed()
        look(&log, try checkpoint(5), standing(0), at: at(0))
        #expect(fetch(&log, .failure(unreachable()), at: at(10)) == ["unreachable"])
        #expect(fetch(&log, .failure(unreachable()), at: at(20)) == [])
        #expect(fetch(&log, .failure(unreachable()), at: at(31)) == ["silent"])
        #expect(fetch(&log, .failure(unreachable()), at: at(61)) == ["stale"])
        #expect(log.memory.alarms == [.unreachable: at(10), .silent: at(31), .stale: at(61)])
        #expect(look(&log, try checkpoint(6), standing(70), at: at(71)) == ["-unreachable", "-stale", "-silent"])
        #expect(log.memory.alarms.isEmpty)
    }

    @Test func `a fork and a shrunk log keep both notes, and what was known stays known`() throws {
        var log = followed()
        let known = try checkpoint(5)
        look(&log, known, standing(0), at: at(0))
        let smaller = try checkpoint(4)
        guard case .done(let shrunk) = log.fetched(.success(smaller), at: at(1)) else {
            Issue.record("a smaller checkpoint is not read")
            return
        }
        #expect(events(shrunk) == ["shrunk"])
        #expect(shrunk.evidence == FollowedLedger.Contradiction(known: known.note, shown: smaller.note))
        let other = try checkpoint(5, 1)
        guard case .done(let forked) = log.fetched(.success(other), at: at(2)) else {
            Issue.record("another root of the same size is not read")
            return
        }
        // It is not shorter any more, but only what is read in order ends an alarm.
        #expect(events(forked) == ["forked"])
        #expect(forked.evidence == FollowedLedger.Contradiction(known: known.note, shown: other.note))
        let longer = try checkpoint(9, 1)
        #expect(log.fetched(.success(longer), at: at(3)) == .read(continuing: known.checkpoint))
        let contradicting = log.read(.success(.contradicts), at: at(3))
        #expect(events(contradicting) == [] && contradicting.evidence?.shown == longer.note)
        #expect(log.memory.checkpoint == known)
        #expect(look(&log, try checkpoint(6), standing(3), at: at(4)) == ["-shrunk", "-forked"])
    }

    @Test func `damage is one alarm, a checkpoint of another key another`() throws {
        var log = followed()
        look(&log, try checkpoint(5), standing(0), at: at(0))
        let untrusted = LogVerificationError(code: .untrusted, path: "checkpoint", what: "no signature", remedy: "")
        #expect(fetch(&log, .failure(untrusted), at: at(1)) == ["untrusted"])
        _ = log.fetched(.success(try checkpoint(6)), at: at(2))
        let damaged = LogVerificationError(code: .damaged, path: "tile/0/000", what: "its hashes …", remedy: "")
        #expect(events(log.read(.failure(damaged), at: at(2))) == ["damaged"])
        #expect(log.memory.checkpoint?.size == 5)
        #expect(look(&log, try checkpoint(6), standing(2), at: at(3)) == ["-untrusted", "-damaged"])
    }

    @Test func `a stopped gateway is not silent, but its checkpoint grows old; a frozen one may rest`() throws {
        var log = followed()
        look(&log, try checkpoint(5), standing(0, isStopped: true), at: at(0))
        #expect(look(&log, try checkpoint(5), standing(0, isStopped: true), at: at(60)) == [])
        #expect(look(&log, try checkpoint(5), standing(0, isStopped: true), at: at(61)) == ["stale"])
        #expect(look(&log, try checkpoint(6), standing(62, isFrozen: true), at: at(63)) == ["-stale"])
        #expect(look(&log, try checkpoint(6), standing(62, isFrozen: true), at: at(100_000)) == [])
    }

    @Test func `with a policy the quorum is asked for, and its time is the checkpoint's`() throws {
        let witness = try CosigningKey.generate(name: "witness.example/w")
        let policy = try TlogPolicy(parsing: "witness w \(witness.verifierKey)\nquorum w\n".utf8)
        func cosigned(_ size: UInt64, at seconds: Int64) throws -> SignedCheckpoint {
            let checkpoint = try checkpoint(size)
            let memory = Witness(key: witness, logs: [key.verifierKey], latest: [])
            let request = AddCheckpointRequest(oldSize: 0, proof: [], note: checkpoint.note)
            let time = UInt64(at(seconds).millisecondsSince1970 / 1000)
            guard case .cosign(let cosigned, _) = memory.decide(request.bytes, at: time) else {
                throw NoteError.unsigned
            }
            return try SignedCheckpoint(
                checkpoint.note.adding(cosigned.note.signatures, verifiedBy: [witness.verifierKey]),
                log: key.verifierKey)
        }
        var log = followed(policy: policy)
        #expect(look(&log, try checkpoint(5), standing(0), at: at(0)) == ["unwitnessed"])
        #expect(look(&log, try cosigned(5, at: 1), standing(0), at: at(2)) == ["-unwitnessed"])
        // Cosigned again: not old, though silent.
        #expect(look(&log, try cosigned(5, at: 100), standing(0), at: at(101)) == ["silent"])
        #expect(look(&log, try cosigned(5, at: 100), standing(0), at: at(161)) == ["stale"])
    }

    @Test func `what is new in the entries is told once, with its weight`() throws {
        var log = followed()
        var findings = Findings()
        findings.add(Finding(.sequenceMissing, at: EntryIndex(3), "number 5 follows 3"))
        findings.add(Finding(.downtime, at: EntryIndex(4), "it was stopped"))
        #expect(
            look(&log, try checkpoint(5), standing(0), at: at(0), findings: findings) == [
                "sequenceMissing", "downtime",
            ])
        #expect(look(&log, try checkpoint(6), standing(1), at: at(1)) == [])
        let notice = FollowNotice(.finding(findings.kept[0]), of: "log.example/a", at: at(0), "number 5 follows 3")
        #expect(notice.isAlarming)
        #expect(!FollowNotice(.finding(findings.kept[1]), of: "log.example/a", at: at(0), "").isAlarming)
        #expect(notice.text == "2027-01-15T08:00:00.000Z failure entry 3: number 5 follows 3")
        #expect(
            String(decoding: notice.json, as: UTF8.self)
                == #"{"data":{"entry":3,"log":"log.example/a","weight":"failure","what":"number 5 follows 3"},"#
                + #""timestamp":"2027-01-15T08:00:00.000Z","type":"ledger.finding.sequenceMissing"}"#)
    }

    @Test func `a restart remembers the checkpoint and what was wrong`() throws {
        var log = followed()
        look(&log, try checkpoint(5), standing(0), at: at(0))
        _ = log.fetched(.failure(unreachable()), at: at(10))
        let memory = try FollowMemory(parsing: log.memory.bytes, log: key.verifierKey)
        #expect(memory == log.memory)
        #expect(try FollowMemory(parsing: FollowMemory().bytes, log: key.verifierKey) == FollowMemory())
        var again = followed(memory)
        guard case .done(let outcome) = again.fetched(.success(try checkpoint(5, 1)), at: at(20)) else {
            Issue.record("a fork over a restart")
            return
        }
        #expect(events(outcome) == ["-unreachable", "forked"])
        let stranger = try SigningKey.generate(name: key.name).verifierKey
        #expect(throws: NoteError.self) { try FollowMemory(parsing: log.memory.bytes, log: stranger) }
    }

    @Test func `no memory, however it is damaged, is read as another checkpoint`() throws {
        let memory = FollowMemory(checkpoint: try checkpoint(5), alarms: [.stale: at(0), .silent: at(1)])
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<5000 {
            var bytes = memory.bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: position)
                case 2: bytes.remove(at: position)
                default: bytes = Array(bytes.prefix(position + 1))
                }
            }
            guard let read = try? FollowMemory(parsing: bytes, log: key.verifierKey) else { continue }
            #expect(read.checkpoint == nil || read.checkpoint?.checkpoint == memory.checkpoint?.checkpoint)
        }
    }
}
