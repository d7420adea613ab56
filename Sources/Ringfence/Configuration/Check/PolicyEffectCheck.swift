internal import Cedar

/// What the policies do when every principal of the directory is asked about: those that fail, that SQL cannot
/// express, and that do nothing at all.
struct PolicyEffectCheck {
    let inputs: RingfenceInputs
    let live: LiveSchema
    /// Policies with findings: what these do besides is not said again.
    let reviewed: Set<PolicyID>
    let collector: ProblemCollector

    private struct Trouble: Hashable {
        var policy: PolicyID
        var effect: Effect
        var isInexpressible: Bool
        var remedy: String?
    }

    /// The first case in which it showed; there may be hundreds.
    private struct Example: Comparable {
        var text: String
        var message: String

        static func < (left: Example, right: Example) -> Bool {
            (left.text, left.message) < (right.text, right.message)
        }
    }

    func run() {
        guard !inputs.policies.policies.isEmpty else {
            let file = inputs.configuration.policyFiles.first ?? inputs.configuration.file
            collector.report(
                FilePlace(file: file, line: 1, column: 1).warning(
                    "there is no policy, so nothing is allowed", "Write a permit."))
            return
        }
        var active: Set<PolicyID> = []
        var troubles: [Trouble: Example] = [:]
        var asked: Set<PrincipalFacts> = []
        let namesMatter = inputs.namesPrincipals
        for principal in inputs.directory.principals {
            guard asked.insert(PrincipalFacts(principal, withName: namesMatter)).inserted,
                let decisions = decisions(of: principal)
            else { continue }
            for (question, decision) in decisions.all {
                active.formUnion(decision.permits)
                active.formUnion(decision.forbids)
                for failure in decision.failures {
                    let trouble = Trouble(
                        policy: failure.policy, effect: failure.effect, isInexpressible: failure.isInexpressible,
                        remedy: failure.remedy)
                    let example = Example(text: "\(principal.name) asks to \(question)", message: failure.message)
                    troubles[trouble] = min(troubles[trouble] ?? example, example)
                }
            }
        }
        for (trouble, example) in troubles where !reviewed.contains(trouble.policy) { report(trouble, example) }
        let troubled = reviewed.union(troubles.keys.map(\.policy))
        for policy in inputs.policies.policies where !active.contains(policy.id) && !troubled.contains(policy.id) {
            collector.report(
                place(policy.id).warning(
                    "policy \(policy.id) applies to nobody in the directory and nothing in the catalog",
                    "Look for a misspelling, or for a condition that cannot be true."))
        }
    }

    private func decisions(of principal: Principal) -> StoreDecisions? {
        do throws(DecisionError) {
            return try StoreDecisions(
                principal: principal, store: inputs.store.name, catalog: inputs.catalog, policies: inputs.policies,
                live: live)
        } catch {
            let place = inputs.places.directory[.principal(ExactText(principal.name))]
            collector.report(place.error("nothing can be decided: \(error)"))
            return nil
        }
    }

    private func place(_ policy: PolicyID) -> FilePlace {
        let span = inputs.policies[policy]?.span
        return FilePlace(file: span?.file ?? "", line: span?.line ?? 0, column: span?.column ?? 0)
    }

    private func report(_ trouble: Trouble, _ example: Example) {
        let place = place(trouble.policy)
        if let remedy = trouble.remedy {
            collector.report(
                place.error(
                    "policy \(trouble.policy): \(example.message)",
                    remedy.prefix(1).uppercased() + remedy.dropFirst() + "."))
        } else if trouble.isInexpressible {
            collector.report(
                place.error(
                    "policy \(trouble.policy) asks something of resource.subject.id that SQL cannot express",
                    "Compare it with ==, like or [ … ].contains( … ), as texts."))
        } else {
            let consequence = trouble.effect == .forbid ? "and so denies" : "and so permits nothing"
            collector.report(
                place.warning(
                    "policy \(trouble.policy) fails \(consequence) when \(example.text): \(example.message)",
                    "Guard it: \"principal is Person && …\" or \"resource has … && …\"."))
        }
    }
}

extension StoreDecisions {
    /// Every decision that differs from the others of its question, with the question in words.
    fileprivate var all: [(question: String, decision: ColumnDecision)] {
        tables.flatMap { table in
            table.columns.flatMap { column in
                DataAction.allCases.flatMap { action in
                    Set(column[action]).map { ("\(action.rawValue) \(table.name).\(column.facts.name)", $0) }
                }
            }
        }
    }
}
