import ArgumentParser
import Evidence
import Ringfence
import TransparencyLog

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer who, located or controlled where, read whose data, and prove that the answer is complete.",
        discussion: """
            Works from a published copy with the log's public key alone. With an auditor's key and the gateway's own \
            ledger it also names persons and statements. Exits with 1 if the ledger does not verify or the answer is \
            not proved complete.
            """)

    @OptionGroup var ledger: LedgerOptions
    @Option(help: "The first day (2026-07-01, UTC) or moment (2026-07-01T12:00:00Z).") var from: String?
    @Option(help: "The last day, included, or the moment before which.") var to: String?
    @Option(help: "Readers located there (ISO 3166-1 alpha-2).") var located: String?
    @Option(help: "Data of people at home there.") var home: String?
    @Flag(help: "Covered persons only (28 CFR 202.211).") var covered = false
    @Option(help: "One table, as schema.table.") var table: String?
    @Flag(help: "As JSON.") var json = false
    @Option(help: "An auditor's private key.") var auditorKey: String?

    func run() async throws {
        try await reportingFailure {
            let query = AuditQuery(
                from: try moment(from, "--from"), to: try end(), located: try jurisdiction(located, "--located"),
                home: try jurisdiction(home, "--home"), coveredOnly: covered, table: table.map { ExactText($0) })
            let auditor = try auditorKey.map { try AuditorPrivateKey(parsing: KeyFile.read($0)) }
            let report = Evidence.Audit(query).run(ledger.directory, key: try ledger.key(), auditor: auditor)
            print(json ? String(decoding: report.json, as: UTF8.self) : report.text)
            if !report.isProvedComplete { throw ExitCode(Failure.Kind.found.rawValue) }
        }
    }

    private func moment(_ text: String?, _ option: String) throws -> EntryTime? {
        guard let text else { return nil }
        guard let time = EntryTime(parsingDateOrTime: text) else {
            throw Failure(
                message: "\(option) \(text) is no day and no moment.",
                remedy: "Write 2026-07-01 or 2026-07-01T12:00:00Z.")
        }
        return time
    }

    /// A day is included to its end.
    private func end() throws -> EntryTime? {
        guard let to, let time = try moment(to, "--to") else { return nil }
        return to.utf8.count == 10
            ? EntryTime(millisecondsSince1970: time.millisecondsSince1970 + 24 * 3600 * 1000) : time
    }

    private func jurisdiction(_ text: String?, _ option: String) throws -> Jurisdiction? {
        guard let text else { return nil }
        guard let jurisdiction = Jurisdiction(code: text) else {
            throw Failure(
                message: "\(option) \(text) is no jurisdiction.", remedy: "Write an ISO 3166-1 alpha-2 code such as US."
            )
        }
        return jurisdiction
    }
}
