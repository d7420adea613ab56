internal import TransparencyLog

/// The policy file that `ledger.witnesses` names.
struct WitnessCheck {
    let inputs: RingfenceInputs
    let collector: ProblemCollector

    func run() {
        guard let path = inputs.configuration.ledger.witnessPolicyFile, let file = try? TextFile(reading: path) else {
            return
        }
        do throws(ConfigurationProblems) {
            check(try LedgerSettings.witnessPolicy(in: file), path)
        } catch {
            for problem in error.diagnostics { collector.report(problem) }
        }
    }

    private func check(_ policy: TlogPolicy, _ file: String) {
        func place(_ line: Int) -> FilePlace { FilePlace(file: file, line: line, column: 1) }
        for witness in policy.witnesses {
            guard let url = witness.url else {
                collector.report(
                    place(witness.line).warning(
                        "witness \(witness.name) has no URL, so the gateway never asks it",
                        "Write its submission prefix at the line's end."))
                continue
            }
            if WitnessURL(parsing: url) == nil {
                collector.report(
                    place(witness.line).error(
                        "\"\(url)\" is no submission prefix", "Write it as https://witness.example.org/prefix."))
            }
        }
        let asked = policy.witnesses.indices.filter { policy.witnesses[$0].url != nil }
        if !policy.isQuorum(Set(asked)) {
            collector.report(
                place(policy.quorumLine).error(
                    "the witnesses that have a URL are no quorum", "Give URLs to as many as the quorum needs."))
        }
        if policy.quorum == nil, inputs.configuration.ledger.requireWitnessedWithin != nil {
            collector.report(
                inputs.place(of: "ledger.requireWitnessedWithin").error(
                    "the policy's quorum is none, so nobody has to be there",
                    "Name a witness or a group on the quorum line of \(file)."))
        }
        checkLog(policy, place)
    }

    /// A policy that lists logs accepts no other.
    private func checkLog(_ policy: TlogPolicy, _ place: (Int) -> FilePlace) {
        guard let first = policy.logs.first else { return }
        let ledger = inputs.configuration.ledger
        for path in [ledger.signingKeyFile, ledger.nextKeyFile] {
            guard let path, let file = try? TextFile(reading: path),
                let key = try? SigningKey(parsing: String(decoding: file.bytes, as: UTF8.self)),
                !policy.logs.contains(where: { $0.key == key.verifierKey })
            else { continue }
            collector.report(
                place(first.line).error(
                    "the policy does not list this gateway's log", "Add the line: log \(key.verifierKey)"))
        }
    }
}
