import TransparencyLog

/// The signing thread: looks what there is, and signs what is new if it is this writer's turn.
///
/// Whose turn it is only spares work. What keeps two processes with one key from two histories: every root is computed
/// from committed entries, which nobody changes; the head moves only from where the signer started; and a note is shown
/// to nobody before the transaction that stores it is committed.
final class CheckpointSigner {
    private let core: SharedLogCore
    private let key: SigningKey
    private let settings: GroupCommitter.Settings
    private let interval: Duration
    private let seen: LastSeenHead
    private var link: LedgerLink?
    private var frontier = TileFrontier()
    private var last: SignedCheckpoint?

    /// How many entries go into the tree at a time.
    private static let entriesMax: UInt64 = 4096
    private static let lease = Duration.seconds(5)

    /// - Parameter last: The head that the start found.
    init(
        core: SharedLogCore, key: SigningKey, settings: GroupCommitter.Settings, interval: Duration, seen: LastSeenHead,
        last: SignedCheckpoint?
    ) {
        self.core = core
        self.key = key
        self.settings = settings
        self.interval = interval
        self.seen = seen
        self.last = last
    }

    func run() {
        var due = MonotonicTime.now()
        var requests = 0
        var end: MonotonicTime?
        while true {
            _ = core.progress.wait(until: due) { progress -> Void? in
                let isUrgent = progress.failure != nil || (progress.isClosing && end == nil)
                guard isUrgent || progress.requests > requests else { return nil }
                requests = progress.requests
                return ()
            }
            let (hasFailed, isClosing) = core.progress.read { ($0.failure != nil, $0.isClosing) }
            if hasFailed { return }
            if isClosing, end == nil { end = .now().advanced(by: Self.lease + .seconds(1)) }
            let outcome = look()
            if let end, outcome == .done || outcome == .failed || MonotonicTime.now() > end { return leave() }
            switch outcome {
            case .again: due = .now()
            case .others: due = .now().advanced(by: .milliseconds(20))
            case .done, .failed: due = .now().advanced(by: interval)
            }
        }
    }

    private enum Outcome {
        case done
        /// There is more to be signed.
        case again
        /// Somebody waits for what another writer is signing.
        case others
        case failed
    }

    private func look() -> Outcome {
        do throws(LinkError) {
            let link = try openLink()
            let (known, requests) = core.progress.read { ($0.durableSize, $0.requests) }
            let standing = try link.look(lease: Self.lease)
            guard standing.entries >= known else {
                throw .unusable("of \(known) entries that were committed the database has \(standing.entries)")
            }
            core.noteEntries(standing.entries, for: requests)
            try accept(standing)
            try checkOwn(below: standing.size, link)
            guard standing.entries > standing.size || standing.note == nil else { return signed(.done) }
            guard standing.signs else {
                let wanted = core.progress.read { $0.wantedSize }
                return signed(wanted > standing.size ? .others : .done)
            }
            let size = min(standing.entries, standing.size + Self.entriesMax)
            guard try sign(standing, to: size, link) else { return signed(.again) }
            return signed(size < standing.entries ? .again : .done)
        } catch {
            link = nil
            switch error {
            case .unreachable(let what): return failed(.unreachable(what))
            case .fenced(let what), .inUse(let what): core.fail(.failed(what))
            case .unusable(let what): core.fail(.rolledBack(what))
            }
            return .failed
        }
    }

    private func openLink() throws(LinkError) -> LedgerLink {
        if let link { return link }
        let opened = try LedgerLink(settings.location, writer: settings.writer, holder: settings.holder)
        link = opened
        return opened
    }

    private func signed(_ outcome: Outcome) -> Outcome {
        core.progress.update { progress in
            progress.signingFailures = 0
            progress.signingFailure = nil
            return false
        }
        return outcome
    }

    private func failed(_ error: LogError) -> Outcome {
        core.progress.update { progress in
            progress.signingFailures += 1
            progress.signingFailure = error
            return true
        }
        return .failed
    }

    /// The head that the database has, by whomever signed.
    private func accept(_ standing: LedgerLink.Standing) throws(LinkError) {
        guard let note = standing.note, note != last?.note.bytes else {
            guard let last, standing.note == nil else { return }
            throw .unusable("\(last.size) entries were signed, and the database knows of none")
        }
        let head: SignedCheckpoint
        do throws(NoteError) { head = try SignedCheckpoint(parsing: note, log: key.identity) } catch {
            throw .unusable("the head in the database is not one that \(key.name) signed: \(error.ofHead)")
        }
        guard head.size == standing.size, head.root == standing.root, head.size > last?.size ?? 0 || last == nil else {
            throw .unusable(
                "the head in the database has \(head.size) entries, root \(head.root.base64), and this gateway has seen "
                    + "\(last?.size ?? 0), root \(last?.root.base64 ?? "")")
        }
        try remember(head)
    }

    private func remember(_ head: SignedCheckpoint) throws(LinkError) {
        do throws(StorageError) { try seen.save(head) } catch {
            throw .unreachable("what was seen of the log cannot be kept: \(error)")
        }
        last = head
        core.progress.update { progress in
            progress.checkpoint = head
            return true
        }
    }

    /// - Returns: False if the head has moved meanwhile.
    private func sign(_ standing: LedgerLink.Standing, to size: UInt64, _ link: LedgerLink) throws(LinkError) -> Bool {
        if frontier.size != standing.size || frontier.root != standing.root {
            frontier = try Self.frontier(of: standing, link)
        }
        try checkOwn(below: size, link)
        var grown = frontier
        var nodes: [LedgerLink.Node] = []
        for entry in try standing.size < size ? link.entries(standing.size..<size) : [] {
            for (level, hash) in grown.append(.leaf(entry)).enumerated() {
                nodes.append(
                    .init(level: level + 1, position: (grown.size - 1) >> UInt64(8 * level + 8), hash: hash))
            }
        }
        let head: SignedCheckpoint
        do throws(NoteError) {
            head = try SignedCheckpoint(
                signing: Checkpoint(origin: key.name, size: grown.size, root: grown.root), with: key)
        } catch {
            throw .unusable("the checkpoint cannot be signed: \(error)")
        }
        guard try link.advance(from: standing, to: head, nodes: nodes) else { return false }
        frontier = grown
        try remember(head)
        return true
    }

    /// Nothing is signed, by this writer, that it knows to be another entry than it committed.
    private func checkOwn(below size: UInt64, _ link: LedgerLink) throws(LinkError) {
        for group in core.ownGroups.take(below: size) {
            guard group.holds(try link.entries(group.range)) else {
                throw .unusable(
                    "entries \(group.range.lowerBound) to \(group.range.upperBound - 1) are not those that this gateway "
                        + "committed: somebody changed them in the database")
            }
        }
    }

    /// The right edge of the tree that was signed last, from what stands below it.
    static func frontier(
        of standing: LedgerLink.Standing, _ link: LedgerLink
    ) throws(LinkError) -> TileFrontier {
        var levels: [[Hash]] = []
        for level in 0..<TileFrontier.levelCount(size: standing.size) {
            let width = TileFrontier.width(level: level, size: standing.size)
            let first = standing.size >> UInt64(8 * level) & ~255
            if level == 0 {
                levels.append(try link.entries(first..<first + UInt64(width)).map { .leaf($0) })
            } else {
                levels.append(try link.nodes(level: level, from: first, count: width))
            }
        }
        guard let frontier = TileFrontier(size: standing.size, levels: levels), frontier.root == standing.root else {
            throw .unusable("the database's \(standing.size) entries are not those that were signed")
        }
        return frontier
    }

    /// Another process may take this writer's place at once.
    private func leave() { try? link?.leave() }
}
