public import Cedar

extension PolicySchema {
    /// Everything that is wrong or odd about policies by this schema: what Cedar's review finds, what SQL could not
    /// express, and templates, which nothing here links.
    ///
    /// In the order of the policies and of their text.
    public func review(_ policies: PolicySet) -> [ReviewFinding] {
        var findings = PolicyReview(schema, domains: domains).review(policies)
        let invalid = Set(findings.filter { $0.rule == .invalid }.map(\.policy))
        for index in findings.indices where findings[index].rule == .unlinkedTemplate {
            findings[index].severity = .error
            findings[index].diagnostic.help = "write a policy without ?principal and ?resource"
        }
        for finding in SubjectKeyReview(schema, policies).findings() where !invalid.contains(finding.policy) {
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
