import ArgumentParser
import Ringfence
import TransparencyLog

extension Ledger {
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the log's next key, or say what is left to do of a rotation.",
            discussion: """
                While a key is rotated every checkpoint has the signatures of both, so that whoever knows either can \
                verify it. The command changes no configuration; it makes the key and prints what to do in which order. \
                For a key that somebody else may have, this is not enough: `ringfence ledger freeze`.
                """)

        @OptionGroup var configuration: ConfigurationOption
        @Option(name: .customLong("out"), help: "The file to create for the next key.") var output: String?

        func run() async throws {
            try await reportingFailure {
                let settings = try configuration.configuration().ledger
                guard settings.shared == nil else {
                    throw Failure(
                        message: "the key of a ledger in PostgreSQL cannot be rotated yet.",
                        remedy:
                            "Keep the key. If somebody else may have it: stop all its gateways, tell those who verify "
                            + "which checkpoint is the last, and begin another ledger (`ringfence keygen log`, "
                            + "`ringfence ledger init`).")
                }
                let key = try settings.signingKey()
                if let nextKeyFile = settings.nextKeyFile { return print(rest(key, settings, nextKeyFile)) }
                guard let output else {
                    throw Failure(
                        message: "no rotation has begun: ledger.nextKey is not set.",
                        remedy: "Name a file for the next key with --out to begin one.")
                }
                let next = try SigningKey.generate(name: key.name)
                try KeyFile.createPair(output, secret: next.secretText + "\n", public: "\(next.verifierKey)\n")
                print(beginning(key, next, output))
            }
        }

        private func beginning(_ key: SigningKey, _ next: SigningKey, _ output: String) -> String {
            """
            The next key of \(key.name) is
              \(next.verifierKey)
            Now, in this order:
              1. Give \(output).pub to every witness (one more line in its file of logs; the old one stays) and to
                 everybody who verifies, by the way on which they got the first. A policy file that lists the log lists both.
              2. Add to ringfence.yaml, under ledger:  nextKey: \(output)
                 and restart the gateway. From then on both keys sign; an entry of kind “key” says so.
              3. Publish. When everybody has the new key, and not before, run this command again.
            """
        }

        private func rest(_ key: SigningKey, _ settings: LedgerSettings, _ nextKeyFile: String) -> String {
            """
            Both keys of \(key.name) are to sign:
            \(key.identity.keys.map { "  \($0)" }.joined(separator: "\n"))
            When every witness and everybody who verifies has the last one:
              1. In ringfence.yaml, under ledger, write  signingKey: \(nextKeyFile)
                 and take out nextKey; restart the gateway. An entry of kind “key” says that the old key signs no more.
              2. Publish, then destroy \(settings.signingKeyFile). Keep its .pub: it verifies what was kept of before.
            """
        }
    }
}

extension LedgerSettings {
    /// What signs checkpoints: the log's key, with the next one beside it during a rotation.
    func signingKey() throws -> SigningKey {
        let key = try SigningKey(parsing: KeyFile.read(signingKeyFile))
        guard let nextKeyFile else { return key }
        let text = try KeyFile.read(nextKeyFile)
        do throws(NoteError) {
            return try key.rotating(to: SigningKey(parsing: text))
        } catch {
            throw Failure(
                kind: .found, message: "\(nextKeyFile) cannot be the log's next key: \(error).",
                remedy: "Make it with `ringfence ledger rotate`.")
        }
    }
}
