import ArgumentParser
import Evidence
import Ringfence
import TransparencyLog

extension Audit {
    struct Keygen: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make an auditor's key, to which the ledger's details are sealed.",
            discussion: """
                The auditor keeps the file; the operator gets <file>.pub and names it in ringfence.yaml. Details \
                written before that stay closed to this auditor, until another one gives `audit share`'s keys to it.
                """)

        @Option(help: "Who holds the key.") var name = "auditor"
        @Option(name: .customLong("out"), help: "The file to create.") var output: String

        func run() async throws {
            try await reportingFailure {
                let key = try AuditorPrivateKey.generate(name: name)
                try KeyFile.createPair(output, secret: key.secretText, public: key.publicKey.text)
            }
        }
    }

    struct Share: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Seal what your key opens to another auditor, for the time before they had one.",
            discussion: """
                Takes the days' keys out of the ledger's entries and seals them to the other auditor's public key; \
                details are not touched. The result is no secret, and cannot be forged: each key is checked against \
                its entry. The other one gives it to `audit` and `ledger show` as --shared-keys.
                """)

        @OptionGroup var ledger: LedgerOptions
        @OptionGroup var auditor: AuditorOptions
        @Option(help: "The other auditor's public key, <file>.pub.") var to: String
        @Option(name: .customLong("out"), help: "The file to create.") var output: String

        func run() async throws {
            try await reportingFailure {
                guard let owner = try auditor.access() else {
                    throw Failure(message: "nothing can be opened without a key.", remedy: "Give your --auditor-key.")
                }
                let other = try AuditorPublicKey(parsing: KeyFile.read(to))
                let (keys, epochs) = try SharedEpochKeys.sharing(
                    ledger.directory, key: ledger.keys(), openedBy: owner, with: other)
                guard keys.count > 0 else {
                    throw Failure(
                        kind: .found, message: "your key opens none of the ledger's \(epochs) epochs.",
                        remedy: "Take the private key whose public half the operator named in ledger.auditors.")
                }
                try KeyFile.create(output, keys.text, isSecret: false)
                print("Shared \(keys.count) of \(counted(epochs, "epoch")) with \(other.name).")
            }
        }
    }
}
