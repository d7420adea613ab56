import Foundation
import Ringfence
import TransparencyLog

/// The answer for programs. Member names are stable.
extension AuditReport {
    public var json: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Everything encoded is text, numbers and truth values: nothing that could fail.
        return (try? encoder.encode(AuditDocument(self))).map { Array(TerminalText.json(Array($0)).utf8) }
            ?? Array("{}".utf8)
    }
}

private struct AuditDocument: Encodable {
    struct Question: Encodable {
        let from, to, located, home, table: String?
        let covered: Bool
    }

    struct Counts: Encodable {
        let statements, rows, bytes, withoutOutcome: UInt64

        init(_ counts: AccessCounts) {
            statements = counts.statements
            rows = counts.rows
            bytes = counts.bytes
            withoutOutcome = counts.withoutOutcome
        }
    }

    struct Totals: Encodable {
        let clear, masked: Counts

        init(_ totals: AccessTotals) {
            clear = Counts(totals.clear)
            masked = Counts(totals.masked)
        }
    }

    struct Sessions: Encodable {
        let clear, masked, hidden: UInt64

        init(_ counts: SessionCounts) {
            clear = counts.clear
            masked = counts.masked
            hidden = counts.hidden
        }
    }

    struct Reader: Encodable {
        let located, kind: String
        let covered: Bool
        let sessions: Sessions
        let accesses: Totals
    }

    struct Line: Encodable {
        let table, day: String?
        let accesses: Totals
    }

    struct Denials: Encodable {
        let byDatabase, byGateway, logins, loginsOfUnknown: UInt64
    }

    struct Log: Encodable {
        let origin, root: String
        let size: UInt64
    }

    struct FindingLine: Encodable {
        let entry: UInt64
        let kind, weight, what: String
    }

    struct Problem: Encodable {
        let file: String?
        let what, remedy: String
    }

    struct PersonLine: Encodable {
        let name: String?
        let located: String
        let sessions: UInt64
        let accesses: Totals
    }

    struct StatementLine: Encodable {
        let entry: UInt64
        let time, what: String
        let name, address, sql: String?
        let parameters: [String]
        let rows: UInt64?
    }

    struct Witnesses: Encodable {
        struct Cosigner: Encodable { let name, time: String }
        let cosigners: [Cosigner]
        let ageSeconds: Int64?
        let problem: Problem?
    }

    let question: Question
    var verdict: String
    var problem: Problem?
    var log: Log?
    var firstEntry, lastEntry: UInt64?
    var accesses: Totals?
    var sessions: Sessions?
    var denied: Denials?
    var readers: [Reader]?
    var tables, days: [Line]?
    var findings: [FindingLine]?
    var witnesses: Witnesses?
    var people: [PersonLine]?
    var statements: [StatementLine]?

    init(_ report: AuditReport) {
        let query = report.query
        question = Question(
            from: query.from.map { "\($0)" }, to: query.to.map { "\($0)" }, located: query.located?.code,
            home: query.home?.code, table: query.table?.string, covered: query.coveredOnly)
        switch report.result {
        case .unverified(let error):
            verdict = "unverified"
            problem = Problem(file: error.path, what: error.what, remedy: error.remedy)
        case .refused(let refusal):
            verdict = refusal.code
            problem = Problem(file: nil, what: refusal.what, remedy: refusal.remedy)
        case .answered(let answer):
            verdict = answer.verdict.rawValue
            fill(answer)
        }
    }

    private mutating func fill(_ answer: AuditAnswer) {
        log = Log(origin: answer.log.origin, root: answer.log.root.base64, size: answer.log.size)
        firstEntry = answer.entries?.lowerBound
        lastEntry = answer.entries?.upperBound
        accesses = Totals(answer.totals)
        sessions = Sessions(answer.sessions)
        denied = Denials(
            byDatabase: answer.denials.byDatabase, byGateway: answer.denials.byGateway, logins: answer.denials.logins,
            loginsOfUnknown: answer.denials.loginsOfUnknown)
        readers = answer.classes.map {
            Reader(
                located: $0.principal.located.code, kind: $0.principal.kind.rawValue, covered: $0.principal.isCovered,
                sessions: Sessions($0.sessions), accesses: Totals($0.totals))
        }
        tables = answer.tables.map { Line(table: $0.table?.string, day: nil, accesses: Totals($0.totals)) }
        days = answer.days.map { Line(table: nil, day: $0.day, accesses: Totals($0.totals)) }
        findings = answer.findings.map {
            FindingLine(entry: $0.index.rawValue, kind: $0.kind.rawValue, weight: $0.weight.rawValue, what: $0.what)
        }
        witnesses = answer.witnesses.map { judgement in
            Witnesses(
                cosigners: judgement.cosigners.map { .init(name: $0.name, time: "\($0.time)") },
                ageSeconds: judgement.ageSeconds,
                problem: judgement.problem.map { Problem(file: nil, what: $0.what, remedy: $0.remedy) })
        }
        guard let disclosure = answer.disclosure else { return }
        people = disclosure.people.map {
            PersonLine(
                name: $0.name, located: $0.principal.located.code, sessions: $0.sessions, accesses: Totals($0.totals))
        }
        statements = disclosure.statements.map {
            StatementLine(
                entry: $0.index.rawValue, time: "\($0.time)", what: $0.what, name: $0.name, address: $0.address,
                sql: $0.sql,
                parameters: $0.parameters, rows: $0.outcome?.rows)
        }
    }
}
