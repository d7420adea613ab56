import Ringfence
import TransparencyLog

/// The answer for people: the sentence first, then what it rests on.
extension AuditReport {
    public var text: String {
        switch result {
        case .unverified(let error):
            """
            NOT VERIFIED: the ledger is not what its signed checkpoint commits to, so it proves nothing.
              \(TerminalText.line("\(error.path): \(error.what)"))
              \(TerminalText.line(error.remedy))
            """
        case .refused(let refusal):
            """
            NOT ANSWERED: \(TerminalText.line(refusal.what)).
              \(TerminalText.line(refusal.remedy))
            """
        case .answered(let answer): AuditAnswerText(query: query, answer: answer).text
        }
    }
}

private struct AuditAnswerText {
    let query: AuditQuery
    let answer: AuditAnswer

    var text: String {
        ([sentence, ""] + basis + section("By class of reader", classes) + section("By table", tables)
            + section("By day", days)
            + findings + disclosure).map(TerminalText.line).joined(separator: "\n")
    }

    private var readers: String {
        let place = query.located.map { " located in \($0)" } ?? ""
        return query.coveredOnly ? "covered persons\(place)" : "anybody\(place)"
    }

    private var data: String {
        let whose = query.home.map { "protected data of people of \($0)" } ?? "protected data"
        return query.table.map { "\(whose) in \($0)" } ?? whose
    }

    private var times: String {
        let from = query.from.map { "\($0)" } ?? answer.ledgerTimes.map { "\($0.lowerBound)" } ?? "the beginning"
        let to = query.to.map { "\($0)" } ?? answer.ledgerTimes.map { "\($0.upperBound)" } ?? "the end"
        return "Between \(from) and \(to)"
    }

    private var sentence: String {
        let clear = answer.totals.clear
        let accesses = counted(clear.statements, "access", "accesses")
        let rows = clear.statements > 0 ? ", \(rowsOf(clear))" : ""
        let masked = answer.totals.masked.statements
        let maskedWords =
            masked > 0 ? "; \(counted(masked, "statement")) could show masked cells only" : ""
        return
            "\(times): \(accesses) to \(data) by \(readers)\(rows)\(maskedWords); "
            + "\(counted(answer.denials.attempts, "denied attempt")). \(verdict)"
    }

    private var verdict: String {
        switch answer.verdict {
        case .complete: "Proved complete."
        case .incomplete: "NOT proved complete: see the findings."
        case .unwitnessed: "NOT proved complete: \(answer.witnesses?.problem?.what ?? "it is not cosigned")."
        case .notCovered: "The ledger has no entry of that time: this is no evidence either way."
        }
    }

    /// What the numbers are, where they come from, and what they are not.
    private var basis: [String] {
        var lines = ["What it rests on:"]
        if let entries = answer.entries {
            lines.append(
                "  entries \(entries.lowerBound)…\(entries.upperBound) of \(answer.log.size) of the log \(answer.log.origin)"
            )
        }
        lines.append("  root \(answer.log.root.base64), signed by the log's key; every entry and tile was hashed again")
        if let witnesses = answer.witnesses {
            lines += witnesses.lines.map { $0.hasPrefix(" ") ? $0 : "  \($0)" }
            if let problem = witnesses.problem { lines.append("  \(problem.what): \(problem.remedy)") }
        }
        if let covered = answer.covered {
            lines.append("  the ledger covers \(covered.lowerBound) to \(covered.upperBound) of that time")
        }
        let sessions = answer.sessions
        lines.append(
            "  \(counted(sessions.all, "session")) of such readers: \(sessions.clear) could reach such data in the clear at most, "
                + "\(sessions.masked) masked, \(sessions.hidden) not at all")
        lines.append(
            "  \(counted(answer.statementsSeen, "statement")) of theirs in all; "
                + "\(answer.statementsElsewhere) of sessions with clear reach named other tables only")
        let denials = answer.denials
        lines.append(
            "  denied: \(denials.byDatabase) by PostgreSQL, \(denials.byGateway) by the gateway, \(counted(denials.logins, "login"))"
                + (denials.loginsOfUnknown > 0
                    ? "; \(counted(denials.loginsOfUnknown, "more login")) under names that are nobody's" : ""))
        lines.append("  An access is a statement that could reach such data by policy, whether or not it returned any.")
        return lines
    }

    private func section(_ title: String, _ lines: [String]) -> [String] {
        lines.isEmpty ? [] : ["", "\(title):"] + lines.map { "  \($0)" }
    }

    private var classes: [String] {
        answer.classes.map { line in
            let covered = line.principal.isCovered ? ", covered" : ""
            return "\(line.principal.kind.rawValue)s located in \(line.principal.located)\(covered): "
                + "\(counted(line.sessions.all, "session")), \(words(line.totals))"
        }
    }

    private var tables: [String] {
        answer.tables.map { "\($0.table?.string ?? "(any table in reach)"): \(words($0.totals))" }
    }

    private var days: [String] { answer.days.map { "\($0.day): \(words($0.totals))" } }

    private func words(_ totals: AccessTotals) -> String {
        let clear = totals.clear
        let masked = totals.masked
        let clearWords = "\(counted(clear.statements, "access", "accesses")), \(rowsOf(clear))"
        return masked.statements == 0
            ? clearWords : "\(clearWords); masked: \(counted(masked.statements, "statement")), \(rowsOf(masked))"
    }

    private func rowsOf(_ counts: AccessCounts) -> String {
        let rows = counted(counts.rows, "row")
        return counts.withoutOutcome == 0
            ? rows : "\(rows) and what \(counts.withoutOutcome) without an outcome returned"
    }

    private var findings: [String] {
        let worth = answer.findings.filter { $0.weight >= .gap }
        let notes = answer.findings.count - worth.count
        guard !answer.findings.isEmpty else {
            return ["", "Findings: none; no gap in sessions, statements or heartbeats."]
        }
        return ["", "Findings:"] + worth.map { "  \($0.weight.rawValue): \($0)" }
            + answer.findings.filter { $0.weight == .note }.prefix(10).map { "  note: \($0)" }
            + (notes > 10 ? ["  … and \(counted(notes - 10, "more note"))"] : [])
    }

    private var disclosure: [String] {
        guard let disclosure = answer.disclosure else { return [] }
        let people = disclosure.people.map {
            "\($0.name ?? "(unreadable)"), located in \($0.principal.located): \(counted($0.sessions, "session")), \(words($0.totals))"
        }
        let statements = disclosure.statements.map { statement in
            let outcome = statement.outcome.map { counted($0.rows, "row") } ?? "no outcome"
            let sql = (statement.sql ?? "(unreadable)").split(whereSeparator: \.isNewline).joined(separator: " ")
            return "\(statement.index) \(statement.time) \(statement.name ?? "?") \(statement.what), \(outcome): \(sql)"
        }
        let more = disclosure.statementsOmitted > 0 ? ["  … and \(disclosure.statementsOmitted) more"] : []
        return section("By person (from sealed details)", people)
            + section("Statements (from sealed details)", statements) + more
    }
}
