import ArgumentParser
import Evidence
import Ringfence
import TransparencyLog

struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Answer who read whose data, and prove that the answer is complete.",
        subcommands: [Query.self, Keygen.self, Share.self], defaultSubcommand: Query.self)
}

/// What opens sealed details.
struct AuditorOptions: ParsableArguments {
    @Option(help: "An auditor's private key.") var auditorKey: String?
    @Option(help: "Keys of earlier epochs, as another auditor made them with `audit share`.") var sharedKeys: String?

    func access() throws -> AuditorAccess? {
        guard let auditorKey else {
            guard sharedKeys == nil else {
                throw Failure(
                    message: "--shared-keys opens nothing by itself.", remedy: "Give your --auditor-key as well.")
            }
            return nil
        }
        return try AuditorAccess(
            AuditorPrivateKey(parsing: KeyFile.read(auditorKey)),
            shared: sharedKeys.map { try SharedEpochKeys(parsing: KeyFile.read($0, bytesMax: 64 << 20)) })
    }
}

extension Audit {
    struct Query: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Answer who, located or controlled where, read whose data, and prove that the answer is complete.",
            discussion: """
                Works from a published copy with the log's public key alone. With an auditor's key and the gateway's own \
                ledger it also names persons and statements. Exits with 1 if the ledger does not verify, the answer is \
                not proved complete, or a policy's quorum of witnesses has not cosigned the checkpoint.
                """)

        @OptionGroup var ledger: LedgerOptions
        @Option(help: "The first day (2026-07-01, UTC) or moment (2026-07-01T12:00:00Z).") var from: String?
        @Option(help: "The last day, included, or the moment before which.") var to: String?
        @Option(help: "Readers located there (ISO 3166-1 alpha-2).") var located: String?
        @Option(help: "Data of people at home there.") var home: String?
        @Flag(help: "Covered persons only (28 CFR 202.211).") var covered = false
        @Option(help: "One table, as schema.table.") var table: String?
        @Flag(help: "As JSON.") var json = false
        @OptionGroup var witnesses: WitnessOptions
        @OptionGroup var auditor: AuditorOptions

        func run() async throws {
            try await reportingFailure {
                let period = try period()
                let query = AuditQuery(
                    from: period.from, to: period.to, located: try jurisdiction(located, "--located"),
                    home: try jurisdiction(home, "--home"), coveredOnly: covered, table: try tableName())
                let report = Evidence.Audit(query).run(
                    ledger.directory, key: try ledger.keys(), witnesses: try witnesses.requirement(),
                    auditor: try auditor.access(), now: .now)
                print(json ? String(decoding: report.json, as: UTF8.self) : report.text)
                if !report.isProvedComplete { throw ExitCode(Failure.Kind.found.rawValue) }
            }
        }

        private func period() throws -> AuditPeriod {
            do throws(AuditPeriod.Problem) {
                return try AuditPeriod(from: from, to: to, now: .now)
            } catch {
                throw Failure(message: error.what, remedy: error.remedy)
            }
        }

        /// The ledger names tables with their schema: without it nothing would match, and "no access" would be the answer.
        private func tableName() throws -> ExactText? {
            guard let table else { return nil }
            let parts = table.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
                throw Failure(message: "--table \(table) names no schema.", remedy: "Write it as app.\(table).")
            }
            return ExactText(table)
        }

        private func jurisdiction(_ text: String?, _ option: String) throws -> Jurisdiction? {
            guard let text else { return nil }
            guard let jurisdiction = Jurisdiction(code: text) else {
                throw Failure(
                    message: "\(option) \(text) is no jurisdiction.",
                    remedy: "Write an ISO 3166-1 alpha-2 code such as US."
                )
            }
            return jurisdiction
        }
    }
}
