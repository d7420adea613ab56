import ArgumentParser
import Ringfence
import TransparencyLog

/// Which witnesses must have cosigned a ledger's checkpoint, and how recently.
struct WitnessOptions: ParsableArguments {
    @Option(name: .customLong("policy"), help: "A file that says which witnesses are a quorum (C2SP tlog-policy).")
    var policyFile: String?
    @Option(
        help: "How old the quorum's cosignatures may be: 90s, 10m, 2h or 1d. An old checkpoint hides what came after.")
    var freshWithin: Age?

    func validate() throws {
        if freshWithin != nil, policyFile == nil {
            throw ValidationError("--fresh-within needs --policy: only witnesses say when a checkpoint was seen.")
        }
    }

    func policy() throws -> TlogPolicy? { try Self.policy(policyFile) }

    /// Nil without a file.
    static func policy(_ policyFile: String?) throws -> TlogPolicy? {
        guard let policyFile else { return nil }
        do {
            return try TlogPolicy(parsing: KeyFile.read(policyFile).utf8)
        } catch let error as TlogPolicyError {
            throw Failure(
                message: "\(policyFile):\(error.line): \(error.what)",
                remedy: "The file's format is C2SP tlog-policy; docs/witness.md has an example.")
        }
    }

    /// Prints who cosigned and when.
    ///
    /// - Throws: ``Failure`` if the quorum is missing or too old.
    func judge(
        _ checkpoint: SignedCheckpoint, by policy: TlogPolicy, log: VerifierKey, at now: EntryTime
    ) throws {
        let verdict: TlogPolicyVerdict
        do {
            verdict = try policy.evaluate(checkpoint.note, log: log)
        } catch {
            throw Failure(kind: .found, message: "the checkpoint does not satisfy the policy: \(error).")
        }
        for cosigner in verdict.cosigners {
            print(TerminalText.line("  cosigned by \(cosigner.name) at \(EntryTime(cosignedAt: cosigner.time))"))
        }
        guard verdict.isQuorumMet else {
            throw Failure(
                kind: .found,
                message: "the quorum is not met: "
                    + "\(counted(verdict.cosigners.count, "witness", "witnesses")) of \(policy.witnesses.count) cosigned.",
                remedy: "Without them the log may show others another history. Fetch a later checkpoint, or ask why.")
        }
        guard let witnessedAt = verdict.witnessedAt else {
            if freshWithin == nil { return print("The policy requires no witness.") }
            throw Failure(kind: .found, message: "the policy requires no witness, so nothing says how old this is.")
        }
        let age = now.millisecondsSince1970 / 1000 - Int64(clamping: witnessedAt)
        if let freshWithin {
            // A minute is what clocks may differ by.
            guard age >= -60 else {
                throw Failure(
                    kind: .found,
                    message: "the quorum cosigned at \(EntryTime(cosignedAt: witnessedAt)), which is not yet.",
                    remedy: "This machine's clock or the witnesses' are wrong.")
            }
            guard age <= freshWithin.seconds else {
                throw Failure(
                    kind: .found,
                    message: "the checkpoint is stale: the quorum cosigned it \(age) seconds ago, "
                        + "and \(freshWithin.seconds) are allowed.",
                    remedy: "There may be later entries that this copy withholds: fetch it again, or ask why.")
            }
        }
        print("The quorum of witnesses has cosigned it, \(max(age, 0)) seconds ago.")
    }

    /// A number and s, m, h or d.
    struct Age: ExpressibleByArgument {
        let seconds: Int64

        init(seconds: Int64) { self.seconds = seconds }

        var defaultValueDescription: String { "\(seconds)s" }

        init?(argument: String) {
            let units: [(String, Int64)] = [("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
            guard let (unit, factor) = units.first(where: { argument.hasSuffix($0.0) }),
                let number = Int64(argument.dropLast(unit.count)), (1...1_000_000).contains(number)
            else { return nil }
            seconds = number * factor
        }
    }
}

extension EntryTime {
    /// - Parameter seconds: POSIX seconds as a witness wrote them; what lies beyond the year 9999 is shown as its end.
    init(cosignedAt seconds: UInt64) {
        self.init(millisecondsSince1970: Int64(min(seconds, 253_402_300_799)) * 1000)
    }
}
