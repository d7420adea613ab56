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

                The chain of entries is always followed from the first one. Hashes alone need not be: \
                --hashes-only --resume FILE goes on from the checkpoint that FILE keeps of the last run, demands \
                that the log continues it, and reads only what came since. Damage done since to what was read \
                before shows when the file is removed and all is read again.
                """)

        @Argument(help: "The ledger's directory, or a published copy.") var directory: String
        @OptionGroup var logKey: LogKeyOption
        @OptionGroup var witnesses: WitnessOptions
        @Flag(help: "Verify signature, tiles and the hash of every entry; do not read what the entries say.")
        var hashesOnly = false
        @Option(help: "With --hashes-only: go on from the checkpoint kept in this file, and keep the new one in it.")
        var resume: String?

        func validate() throws {
            guard resume == nil || hashesOnly else {
                throw ValidationError(
                    "--resume goes with --hashes-only: the chain of entries is followed from the first one")
            }
        }

        func run() async throws {
            try await reportingFailure {
                let key = try logKey.keys()
                let requirement = try witnesses.requirement()
                if hashesOnly { return try verifyHashes(with: key, requirement) }
                let bar = ProgressBar("Verifying")
                defer { bar.finish() }
                let verification = try reportingDamage {
                    () throws(LogVerificationError) in
                    try LedgerVerification.run(
                        .named(directory), key: key, witnesses: requirement?.witnesses ?? []
                    ) { bar.show($0, of: $1) }
                }
                bar.finish()
                for finding in verification.findings.kept {
                    print(TerminalText.line("\(finding.weight.rawValue): \(finding)"))
                }
                let log = verification.log
                print("\(log.origin): \(counted(log.size, "entry", "entries")), root \(log.root.base64)")
                let kinds = verification.counts.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
                if !kinds.isEmpty { print("  \(TerminalText.line(kinds))") }
                if log.minimum > 0 {
                    print("  entries from \(log.minimum) on; those before were pruned, and their hashes verified")
                }
                if let first = verification.firstTime, let last = verification.lastTime {
                    print("  from \(first) to \(last)")
                }
                guard verification.isSound else {
                    throw Failure(kind: .found, message: "the log is intact, but its entries contradict each other.")
                }
                print("Verified with the key of \(key.name).")
                try requirement?.demand(log.checkpoint, of: key)
            }
        }

        private func verifyHashes(with key: LogKeys, _ requirement: WitnessRequirement?) throws {
            let bar = ProgressBar("Verifying hashes")
            defer { bar.finish() }
            let log = try reportingDamage {
                () throws(LogVerificationError) in
                let mark = try resume.flatMap { path throws(LogVerificationError) in
                    try VerificationMark(contentsOf: path, log: key)
                }
                return try LogDirectory.named(directory).verifyHashes(with: key, after: mark?.checkpoint.checkpoint) {
                    bar.show($0, of: $1)
                }
            }
            bar.finish()
            if let resume {
                do throws(LogVerificationError) {
                    try VerificationMark(log.checkpoint).write(to: resume)
                } catch {
                    throw Failure(message: "cannot keep the checkpoint: \(error.what)", remedy: error.remedy)
                }
            }
            print("\(log.origin): \(counted(log.size, "entry", "entries")), root \(log.root.base64)")
            let earlier = log.earlier.map { ", \(counted($0.size, "entry", "entries")) of which were verified before" }
            print("Hashes verified with the key of \(key.name)\(earlier ?? ""); what the entries say was not read.")
            if log.minimum > 0 {
                print(
                    "Entries before \(log.minimum) were pruned: only their hashes were there. By which rule was not read."
                )
            }
            try requirement?.demand(log.checkpoint, of: key)
        }

        private func reportingDamage<R>(_ verify: () throws(LogVerificationError) -> R) throws(Failure) -> R {
            do throws(LogVerificationError) {
                return try verify()
            } catch {
                throw Failure(
                    kind: .found, message: "the ledger does not verify: \(error.path): \(error.what)",
                    remedy: error.remedy)
            }
        }
    }
}
