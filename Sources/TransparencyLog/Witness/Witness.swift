import Crypto

/// A witness: it cosigns a log's checkpoint only if that continues the one it cosigned before (C2SP tlog-witness).
///
/// A value without files, clock or sockets. Whoever drives it stores a ``Decision``'s checkpoint durably, then tells
/// ``stored(_:)``, and only then answers; no other request for that log may be decided in between.
public struct Witness: Sendable {
    public enum Decision: Sendable, Equatable {
        case refuse(WitnessAnswer)
        /// Store, then answer with the cosignature.
        case cosign(WitnessedCheckpoint, WitnessAnswer)
    }

    public let key: CosigningKey
    private let logs: [VerifierKey]
    /// By the log's origin, in bytes.
    private var latest: [[UInt8]: WitnessedCheckpoint]

    /// - Parameters:
    ///   - logs: The keys that are trusted, each for the log of its name; one log may have several.
    ///   - latest: What was stored before. A log that is not among `logs` any more stays known, and is not cosigned.
    public init(key: CosigningKey, logs: [VerifierKey], latest: [WitnessedCheckpoint] = []) {
        self.key = key
        self.logs = logs
        self.latest = Dictionary(latest.map { (Array($0.checkpoint.origin.utf8), $0) }) { first, second in
            first.checkpoint.size < second.checkpoint.size ? second : first
        }
    }

    /// The origins whose checkpoints it would cosign.
    public var origins: [String] {
        var seen: Set<[UInt8]> = []
        return logs.map(\.name).filter { seen.insert(Array($0.utf8)).inserted }
    }

    public func latest(of origin: String) -> WitnessedCheckpoint? { latest[Array(origin.utf8)] }

    /// What the body of an `add-checkpoint` request is answered with.
    ///
    /// - Parameter time: POSIX seconds.
    public func decide(_ body: some Collection<UInt8>, at time: UInt64) -> Decision {
        let request: AddCheckpointRequest
        let checkpoint: Checkpoint
        do {
            request = try AddCheckpointRequest(parsing: body)
            checkpoint = try Checkpoint(parsingLines: request.note.text)
        } catch {
            return .refuse(WitnessAnswer(status: 400, "\(error)"))
        }
        let keys = logs.filter { $0.name.utf8.elementsEqual(checkpoint.origin.utf8) }
        guard !keys.isEmpty else { return .refuse(WitnessAnswer(status: 404, "this log is not known here")) }
        let verified: SignedNote
        do {
            // Others' lines are not kept: nobody here has verified them, and one that pretends to be ours would make
            // the stored note unreadable for ever.
            verified = try request.note.keeping(linesOf: keys)
        } catch {
            return .refuse(WitnessAnswer(status: 403, "\(error)"))
        }
        if let answer = refusal(of: request, for: checkpoint) { return .refuse(answer) }
        // A cosignature says when: a clock that went back must not make an older statement of a newer fact.
        let last = latest(of: checkpoint.origin)
        guard time >= last?.time ?? 1 else {
            return .refuse(WitnessAnswer(status: 503, "the witness's clock is behind its last cosignature"))
        }
        do {
            let line = try key.cosign(verified.text, at: time)
            let cosigned = try SignedNote(text: verified.text, signatures: verified.signatures + [line])
            return .cosign(
                WitnessedCheckpoint(checkpoint: checkpoint, time: time, note: cosigned),
                WitnessAnswer(status: 200, "\(line)"))
        } catch {
            return .refuse(WitnessAnswer(status: 500, "\(error)"))
        }
    }

    /// In the protocol's order.
    private func refusal(of request: AddCheckpointRequest, for checkpoint: Checkpoint) -> WitnessAnswer? {
        guard request.oldSize <= checkpoint.size else {
            return WitnessAnswer(status: 400, "the old size is larger than the checkpoint's")
        }
        let last = latest(of: checkpoint.origin)?.checkpoint
        guard request.oldSize == last?.size ?? 0 else { return .conflict(size: last?.size ?? 0) }
        guard checkpoint.size > 0 || checkpoint.root == .emptyRoot else {
            return WitnessAnswer(status: 422, "the root of an empty log is SHA-256 of nothing")
        }
        let proof = ConsistencyProof(oldSize: request.oldSize, newSize: checkpoint.size, hashes: request.proof)
        guard proof.verifies(oldRoot: last?.root ?? .emptyRoot, newRoot: checkpoint.root) else {
            return WitnessAnswer(
                status: 422, "the checkpoint was not proved to continue the one of size \(request.oldSize)")
        }
        return nil
    }

    /// The checkpoint of a decision is durable: from now on it is the one that others must continue.
    public mutating func stored(_ cosigned: WitnessedCheckpoint) {
        latest[Array(cosigned.checkpoint.origin.utf8)] = cosigned
    }
}

/// A checkpoint as a witness keeps it: with the log's signatures that it verified, and its own.
public struct WitnessedCheckpoint: Sendable, Hashable {
    public let checkpoint: Checkpoint
    /// POSIX seconds of the cosignature.
    public let time: UInt64
    public let note: SignedNote

    init(checkpoint: Checkpoint, time: UInt64, note: SignedNote) {
        self.checkpoint = checkpoint
        self.time = time
        self.note = note
    }

    /// - Throws: `.unsigned` if the witness did not cosign it.
    init(parsing bytes: some Collection<UInt8>, cosignedBy witness: VerifierKey) throws(NoteError) {
        let note = try SignedNote(parsing: bytes)
        let checkpoint = try Checkpoint(parsing: note.text)
        let verified = try note.verified(by: [witness])
        self.init(checkpoint: checkpoint, time: verified.first?.time ?? 0, note: note)
    }

    /// The name of a log in the paths that monitors read: SHA-256 of its origin, in hexadecimal (tlog-witness,
    /// "Monitor Retrieval Mechanism").
    public static func pathName(of origin: String) -> String {
        SHA256.hash(data: Array(origin.utf8)).map { byte in
            let digits = String(byte, radix: 16)
            return digits.utf8.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
