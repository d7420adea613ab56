import ArgumentParser
import Evidence
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

    /// Nil without a policy.
    func requirement() throws -> WitnessRequirement? {
        guard let policyFile else { return nil }
        do {
            return WitnessRequirement(
                try TlogPolicy(parsing: KeyFile.read(policyFile).utf8), freshWithinSeconds: freshWithin?.seconds)
        } catch let error as TlogPolicyError {
            throw Failure(
                message: "\(policyFile):\(error.line): \(error.what)",
                remedy: "The file's format is C2SP tlog-policy; docs/witness.md has an example.")
        }
    }

    /// A number and s, m, h or d.
    struct Age: ExpressibleByArgument {
        let seconds: Int64

        init?(argument: String) {
            let units: [(String, Int64)] = [("min", 60), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)]
            guard let (unit, factor) = units.first(where: { argument.hasSuffix($0.0) }),
                let number = Int64(argument.dropLast(unit.count)), (1...1_000_000).contains(number)
            else { return nil }
            seconds = number * factor
        }
    }
}

extension WitnessRequirement {
    /// Prints who cosigned and when.
    ///
    /// - Throws: ``Failure`` if the quorum is missing or too old.
    func demand(_ checkpoint: SignedCheckpoint, of keys: LogKeys) throws(Failure) {
        let judgement = judge(checkpoint, of: keys, at: .now)
        for line in judgement.lines { print(TerminalText.line(line)) }
        if let problem = judgement.problem {
            throw Failure(kind: .found, message: "\(problem.what).", remedy: problem.remedy)
        }
    }
}
