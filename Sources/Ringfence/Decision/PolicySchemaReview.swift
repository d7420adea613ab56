public import Cedar

extension PolicySchema {
    /// Everything that is wrong or odd about policies by this schema: what Cedar's review finds, what SQL could not
    /// express, and templates, which nothing here links.
    ///
    /// In the order of the policies and of their text. Without a database, policies that ask of the row come last, each
    /// with a warning: nothing else is said of them, and nothing may be decided by them.
    public func review(_ policies: PolicySet) -> [ReviewFinding] {
        var findings = PolicyReview(schema, domains: domains).review(policies)
        let expressibility = ExpressibilityReview(schema, rows, policies)
        let unknown = expressibility.questionsToUnknownRows()
        findings.removeAll { unknown[$0.policy] != nil }
        for policy in policies.policies {
            guard let span = unknown[policy.id] else { continue }
            findings.append(
                ReviewFinding(
                    rule: .inexpressible, severity: .warning, policy: policy.id,
                    diagnostic: CedarDiagnostic(
                        message: "what a row has only the database knows, so this policy was not looked at", span: span,
                        help: "let `ringfence check` ask the database")))
        }
        let omissions = rows.tables.isEmpty ? [:] : expressibility.omissions()
        for index in findings.indices where findings[index].rule == .invalid {
            guard let reason = omissions[findings[index].diagnostic.span] else { continue }
            findings[index].diagnostic.help = "policies cannot ask for this column: \(reason)"
        }
        let invalid = Set(findings.filter { $0.rule == .invalid }.map(\.policy))
        for index in findings.indices where findings[index].rule == .unlinkedTemplate {
            findings[index].severity = .error
            findings[index].diagnostic.help = "write a policy without ?principal and ?resource"
        }
        for finding in expressibility.findings()
        where !invalid.contains(finding.policy) && unknown[finding.policy] == nil {
            let position = findings.firstIndex { finding.isBefore($0) }
            findings.insert(finding, at: position ?? findings.endIndex)
        }
        return findings
    }
}

extension ReviewFinding {
    /// Only within one policy: where the finding of another belongs, its text does not tell.
    fileprivate func isBefore(_ other: ReviewFinding) -> Bool {
        policy == other.policy && diagnostic.span.startOffset < other.diagnostic.span.startOffset
    }
}
