internal import Cedar

extension PolicyTestRun {
    /// One line for each expectation, what was decided where one does not hold, and how many do.
    public var text: String {
        var lines: [String] = []
        for result in results {
            let because = result.expectation.because.map { " (\($0))" } ?? ""
            lines.append("\(result.holds ? "ok  " : "FAIL")  \(result.expectation.words)\(because)")
            if result.holds { continue }
            lines.append("      expected in \(result.expectation.file):\(result.expectation.line)")
            lines += Self.grouped(result).map { "      \($0)" }
        }
        let count = results.count
        let failed = failures.count
        let expectations = "\(count) expectation\(count == 1 ? "" : "s")"
        let held =
            failed == 0
            ? (count == 1 ? "it holds" : "all hold") : "\(failed) \(failed == 1 ? "does" : "do") not hold"
        lines.append("\(expectations): \(held).")
        return lines.joined(separator: "\n") + "\n"
    }

    /// Cells decided alike, and for the same reason, share a line.
    private static func grouped(_ result: ExpectationResult) -> [String] {
        struct Kind: Hashable {
            var outcome: PolicyExpectation.Outcome?
            var reason: String
            var row: String
        }
        var order: [Kind] = []
        var columns: [Kind: [String]] = [:]
        for finding in result.findings where !finding.isAsExpected {
            let kind = Kind(
                outcome: finding.outcome, reason: finding.reason, row: PolicyExpectation.words(finding.row))
            if columns[kind] == nil { order.append(kind) }
            columns[kind, default: []] += finding.column.map { [$0] } ?? []
        }
        return order.map { kind in
            let names = columns[kind] ?? []
            let table = result.expectation.table
            let what = names.isEmpty ? "the row" : "\(table).\(names.joined(separator: ", "))"
            let wrongPolicy = kind.outcome == result.expectation.outcome ? ", but not by the policy expected" : ""
            let decided = kind.outcome.map { "is \($0.rawValue)\(wrongPolicy)" } ?? "is undecided"
            return "\(what)\(kind.row) \(decided): \(kind.reason)"
        }
    }
}

extension PolicyTestRun {
    /// One JSON object on one line, for programs.
    public var json: String {
        let all = results.map(json)
        let object: JSONValue = [
            "expectations": JSONValue(.array(all)), "count": .count(results.count), "failed": .count(failures.count),
        ]
        return object.description
    }

    private func json(_ result: ExpectationResult) -> JSONValue {
        let expectation = result.expectation
        return [
            "file": .text(expectation.file), "line": .count(expectation.line), "column": .count(expectation.column),
            "expectation": .text(expectation.words), "as": .text(expectation.principal.name),
            "table": .text(expectation.table.description), "action": .text(expectation.action.rawValue),
            "expected": .text(expectation.outcome.rawValue),
            "because": expectation.because.map { .text($0.description) } ?? JSONValue(.null),
            "holds": JSONValue(.bool(result.holds)), "decided": JSONValue(.array(result.findings.map(json))),
        ]
    }

    private func json(_ finding: ExpectationResult.Finding) -> JSONValue {
        let row = finding.row.filter { $0.home != .nobody }.map { subject -> JSONValue in
            [
                "home": .text(subject.home.description),
                "key": subject.key.map(JSONValue.text) ?? JSONValue(.null),
            ]
        }
        return [
            "column": finding.column.map(JSONValue.text) ?? JSONValue(.null), "row": JSONValue(.array(row)),
            "outcome": finding.outcome.map { .text($0.rawValue) } ?? JSONValue(.null),
            "policies": JSONValue(.array(finding.policies.map(places.json))), "reason": .text(finding.reason),
            "asExpected": JSONValue(.bool(finding.isAsExpected)),
        ]
    }
}

extension PolicyPlaces {
    func json(_ policy: PolicyID) -> JSONValue {
        [
            "id": .text(policy.description), "effect": .text(effect(of: policy)?.rawValue ?? ""),
            "file": .text(file(of: policy)), "line": .count(line(of: policy)),
        ]
    }
}

extension JSONValue {
    static func text(_ text: String) -> JSONValue { JSONValue(.string(CedarString(text))) }
    static func count(_ count: Int) -> JSONValue { JSONValue(.integer(Int64(count))) }
}
