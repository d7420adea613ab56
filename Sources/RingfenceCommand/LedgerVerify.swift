import ArgumentParser
import Evidence
import Ringfence
import TransparencyLog

extension Ledger {
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify a ledger offline: every hash, the signature, every entry, and the chain they form.",
            discussion: """
                Exits with 1 and names the file or entry if anything is not as the signed checkpoint says, and with a \
                policy also if its quorum of witnesses has not cosigned the checkpoint, or not recently enough.
                """)

        @Argument(help: "The ledger's directory, or a published copy.") var directory: String
        @OptionGroup var logKey: LogKeyOption
        @OptionGroup var witnesses: WitnessOptions

        func run() async throws {
            try await reportingFailure {
                let key = try logKey.verifierKey()
                let policy = try witnesses.policy()
                let verification: LedgerVerification
                do throws(LogVerificationError) {
                    verification = try LedgerVerification.run(
                        LogDirectory(directory), key: key, witnesses: policy?.witnesses.map(\.key) ?? [])
                } catch {
                    throw Failure(
                        kind: .found, message: "the ledger does not verify: \(error.path): \(error.what)",
                        remedy: error.remedy)
                }
                for finding in verification.findings.kept {
                    print(TerminalText.line("\(finding.weight.rawValue): \(finding)"))
                }
                let log = verification.log
                print("\(log.origin): \(counted(log.size, "entry", "entries")), root \(log.root.base64)")
                let kinds = verification.counts.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
                if !kinds.isEmpty { print("  \(TerminalText.line(kinds))") }
                if let first = verification.firstTime, let last = verification.lastTime {
                    print("  from \(first) to \(last)")
                }
                guard verification.isSound else {
                    throw Failure(kind: .found, message: "the log is intact, but its entries contradict each other.")
                }
                print("Verified with the key of \(key.name).")
                if let policy { try witnesses.judge(log.checkpoint, by: policy, log: key, at: .now) }
            }
        }
    }
}
