import Distribution
import Evidence
import Ringfence
import TransparencyLog

/// Looks at a ledger, tells what is new, and remembers it: the IO around ``FollowedLedger``.
struct LedgerFollower {
    private let ledger: LedgerPlace
    private let reading: LedgerPlace.Options
    private let key: LogKeys
    private let state: FollowState?
    private let post: WebhookPost?
    private let printsJSON: Bool
    private var followed: FollowedLedger
    private var reader: LedgerReader

    init(
        _ ledger: LedgerPlace, _ reading: LedgerPlace.Options, key: LogKeys, state: FollowState?,
        post: WebhookPost?, followed: FollowedLedger, printsJSON: Bool
    ) {
        self.ledger = ledger
        var reading = reading
        reading.cache = reading.cache ?? state?.tiles
        self.reading = reading
        self.key = key
        self.state = state
        self.post = post
        self.followed = followed
        self.printsJSON = printsJSON
        reader = LedgerReader(key: key)
    }

    /// - Returns: Whether anything is wrong.
    mutating func look() async throws -> Bool {
        let outcome = try await outcome()
        if let evidence = outcome.evidence { try state?.keep(evidence) }
        for notice in outcome.notices {
            writeToStandardOutput(printsJSON ? String(decoding: notice.json, as: UTF8.self) : notice.text)
            try post?.append(notice)
        }
        // Last: who stops between tells once more, which is better than never.
        try state?.store(followed.memory)
        return !followed.memory.alarms.isEmpty || outcome.notices.contains(where: \.isAlarming)
    }

    private mutating func outcome() async throws -> FollowedLedger.Outcome {
        let (ledger, reading, key) = (ledger, reading, key)
        var (followed, reader) = (followed, reader)
        self.reader = LedgerReader(key: key)
        defer { (self.followed, self.reader) = (followed, reader) }
        do {
            return try await ledger.read(reading, key: key) { directory in
                let fetched = Result { () throws(LogVerificationError) in try directory.checkpoint(verifiedBy: key) }
                switch followed.fetched(fetched, at: .now) {
                case .done(let outcome): return outcome
                case .read(let known):
                    let read = Result { () throws(LogVerificationError) in
                        try reader.read(directory, continuing: known)
                    }
                    return followed.read(read, at: .now)
                }
            }
        } catch let error as LogVerificationError {
            // Not even a checkpoint came.
            guard case .done(let outcome) = followed.fetched(.failure(error), at: .now) else { throw error }
            return outcome
        }
    }
}
