import Synchronization
import TransparencyLog

/// The committing thread: takes what has gathered, commits it as one group, tells the observers.
///
/// One group is under way at a time, and it is kept until it is known to be committed. What was under way when a
/// connection broke may have been committed or not: the next connection takes the writer's place anew, which waits for
/// that transaction's end and keeps any later one of the old connection from committing, and then reads which group was
/// the last. So no group is lost, and none is committed twice.
final class GroupCommitter {
    struct Settings: Sendable {
        var location: SharedLogLocation
        var writer: String
        var holder: [UInt8]
        var staleAfter: Duration
        /// How long those who wait are left waiting when the database does not answer.
        var patience: Duration
        var groupRecordsMax = 4096
        var groupBytesMax = 8 << 20
    }

    private let core: SharedLogCore
    private let seal: SharedLogWriter.Seal
    private let settings: Settings
    private var link: LedgerLink?
    private var claim: LedgerLink.Claim
    private var items: [GroupQueue.Item] = []
    private var entries: [[UInt8]] = []
    private var details: [[UInt8]?] = []
    private var nextBeat: MonotonicTime

    /// - Parameter claim: The writer's place, as the start took it.
    init(core: SharedLogCore, seal: @escaping SharedLogWriter.Seal, settings: Settings, claim: LedgerLink.Claim) {
        self.core = core
        self.seal = seal
        self.settings = settings
        self.claim = claim
        nextBeat = .now().advanced(by: settings.staleAfter / 3)
    }

    func run() {
        while true {
            let next = core.queue.withLock {
                $0.take(into: &items, recordsMax: settings.groupRecordsMax, bytesMax: settings.groupBytesMax)
            }
            switch next {
            case .failed(let error): return end(with: error)
            case .finished: return
            case .sleep:
                if !core.sleepUntilWoken(until: nextBeat) { beat() }
            case .group(let last):
                do throws(LogError) {
                    let first = try commit()
                    finish(first: first, last: last)
                } catch {
                    core.fail(error)
                }
            }
        }
    }

    private func finish(first: UInt64, last: AppendTicket) {
        core.ownGroups.add(.init(first: first, entries: entries))
        core.raiseDurableSize(to: first + UInt64(items.count))
        core.observers.tellDurable(through: last)
        for (position, item) in items.enumerated() {
            item.receipt?.give(.success(EntryIndex(first + UInt64(position))))
        }
        items.removeAll(keepingCapacity: true)
    }

    private func end(with error: LogError) {
        for receipt in items.compactMap(\.receipt) + core.queue.withLock({ $0.takeReceipts() }) {
            receipt.give(.failure(error))
        }
        core.observers.tellFailed(error)
    }

    /// - Returns: The index of the first of `items`, all of which are durable.
    /// - Throws: Only what ends the log for this process.
    private func commit() throws(LogError) -> UInt64 {
        entries = items.map(\.record.entry)
        details = items.map { $0.record.detail.map(seal) }
        let group = claim.groups + 1
        let outage = Outage(patience: settings.patience)
        while true {
            if let failure = core.progress.read({ $0.failure }) { throw failure }
            do throws(LinkError) {
                if link == nil {
                    try reconnect(expecting: group)
                    if claim.groups == group {
                        recovered()
                        return claim.first
                    }
                }
                if let first = try link?.append(
                    fence: claim.fence, group: group, entries: entries, sealedDetails: details)
                {
                    claim.groups = group
                    claim.first = first
                    nextBeat = .now().advanced(by: settings.staleAfter / 3)
                    recovered()
                    return first
                }
            } catch {
                link = nil
                try heed(error, outage)
            }
        }
    }

    /// Takes this writer's place again, which says what became of the group that was under way.
    private func reconnect(expecting group: Int64) throws(LinkError) {
        // Read first: the log grows by others' entries meanwhile.
        let known = core.progress.read { $0.durableSize }
        let new = try LedgerLink(settings.location, writer: settings.writer, holder: settings.holder)
        let claim = try new.claim(continues: true, staleAfter: settings.staleAfter)
        guard claim.size >= known, claim.groups == group || claim.groups == group - 1 else {
            throw .unusable(
                "the database has \(claim.size) entries and \(claim.groups) groups of this writer, fewer or others than "
                    + "the \(known) and \(group - 1) that it had committed: another copy of it was put in its place")
        }
        self.claim = claim
        link = new
    }

    /// What is to be done about an error: nothing more than to try again, unless it ends the log for this process.
    private func heed(_ error: LinkError, _ outage: Outage) throws(LogError) {
        switch error {
        case .fenced(let what), .inUse(let what): throw .failed(what)
        case .unusable(let what): throw .failed(what)
        case .unreachable(let what):
            if outage.isPatient { return outage.pause() }
            let receipts = core.queue.withLock { queue in
                queue.unreachable = what
                return queue.takeReceipts()
            }
            for receipt in items.compactMap(\.receipt) + receipts { receipt.give(.failure(.unreachable(what))) }
            for position in items.indices { items[position].receipt = nil }
            core.observers.tellUnreachable(what)
            // Who closes has nobody left who could wait for the answer.
            if core.queue.withLock({ $0.isClosing }) {
                throw .failed("entries that nobody was told are durable were lost: \(what)")
            }
            outage.pause()
        }
    }

    private func recovered() { core.queue.withLock { $0.unreachable = nil } }

    /// A writer that has nothing to write says that it is there.
    private func beat() {
        nextBeat = .now().advanced(by: settings.staleAfter / 3)
        do throws(LinkError) {
            if link == nil {
                try reconnect(expecting: claim.groups + 1)
                recovered()
            }
            try link?.beat(fence: claim.fence)
        } catch {
            link = nil
            switch error {
            case .unreachable: return
            case .fenced(let what), .inUse(let what), .unusable(let what): core.fail(.failed(what))
            }
        }
    }
}

/// How long the database has not answered, and when it is asked again.
final class Outage {
    private let end: MonotonicTime
    private var interval = Duration.milliseconds(50)

    init(patience: Duration) { end = .now().advanced(by: patience) }

    var isPatient: Bool { MonotonicTime.now() < end }

    func pause() {
        let monitor = Monitor(())
        let _: Void? = monitor.wait(until: .now().advanced(by: interval)) { _ in nil }
        interval = min(interval * 2, .seconds(1))
    }
}
