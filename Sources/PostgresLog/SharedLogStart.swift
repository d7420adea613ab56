import TransparencyLog

/// What a writer does before it takes its first entry: it takes its place, and compares the database with what it has
/// seen.
struct SharedLogStart {
    let settings: GroupCommitter.Settings
    let key: SigningKey
    let directory: LogDirectory
    let lastSeen: SignedCheckpoint?

    /// - Returns: The writer's place, and the last head that was signed; nil in a log that never had one.
    func run() throws(LogError) -> (LedgerLink.Claim, SignedCheckpoint?) {
        let link: LedgerLink
        let claim: LedgerLink.Claim
        let standing: LedgerLink.Standing
        do throws(LinkError) {
            link = try LedgerLink(settings.location, writer: settings.writer, holder: settings.holder)
            try link.check(origin: key.name)
            claim = try takePlace(link)
            // No lease: who only looks does not sign.
            standing = try link.look(lease: .zero)
        } catch {
            throw LogError(error)
        }
        do throws(LogError) {
            return (claim, try head(standing, link))
        } catch {
            try? link.leave()
            throw error
        }
    }

    /// A process that died is not told from one that is silent: its place is free when it was silent long enough.
    private func takePlace(_ link: LedgerLink) throws(LinkError) -> LedgerLink.Claim {
        let end = MonotonicTime.now().advanced(by: settings.staleAfter + .seconds(1))
        while true {
            do throws(LinkError) {
                return try link.claim(continues: false, staleAfter: settings.staleAfter)
            } catch {
                guard case .inUse = error, MonotonicTime.now() < end else { throw error }
                Outage(patience: .zero).pause()
            }
        }
    }

    private func head(_ standing: LedgerLink.Standing, _ link: LedgerLink) throws(LogError) -> SignedCheckpoint? {
        let head: SignedCheckpoint?
        do throws(NoteError) {
            head = try standing.note.map { note throws(NoteError) in
                try SignedCheckpoint(parsing: note, log: key.identity)
            }
        } catch {
            throw .corrupted(path: directory.path, what: "its head is not one that \(key.name) signed: \(error.ofHead)")
        }
        guard head.map({ $0.size == standing.size && $0.root == standing.root }) ?? true else {
            throw .corrupted(path: directory.path, what: "its head's size and root are not those that were signed")
        }
        if let lastSeen {
            guard let head, head.size >= lastSeen.size else {
                throw .rolledBack(
                    "this gateway has seen \(lastSeen.size) signed entries, the database knows of \(head?.size ?? 0)")
            }
            do throws(LogVerificationError) {
                try directory.verifyConsistency(from: lastSeen.checkpoint, to: head.checkpoint)
            } catch {
                throw .rolledBack("the first \(lastSeen.size) entries are not those that were signed: \(error.what)")
            }
        }
        do throws(LinkError) { _ = try CheckpointSigner.frontier(of: standing, link) } catch {
            if case .unusable(let what) = error { throw .rolledBack(what) }
            throw LogError(error)
        }
        return head
    }
}
