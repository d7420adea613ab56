import ArgumentParser
import Glibc
import PostgresWire
import Ringfence
import TransparencyLog

struct Keygen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make the operator's keys and secrets.", subcommands: [Log.self, Secret.self, Scram.self])

    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the key that signs the ledger's checkpoints.",
            discussion: "Writes the secret key to the file and the public one, for auditors, to <file>.pub.")

        @Option(help: "The ledger's origin: a URL without scheme, such as ledger.example.com/social.") var name: String
        @Option(name: .customLong("out"), help: "The file to create.") var output: String

        func run() async throws {
            try await reportingFailure {
                let key = try SigningKey.generate(name: name)
                try KeyFile.createPair(output, secret: key.secretText + "\n", public: "\(key.verifierKey)\n")
                print(key.verifierKey)
            }
        }
    }

    struct Secret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the gateway's secret, which the passwords of its login roles are derived from.")

        @Option(name: .customLong("out"), help: "The file to create.") var output: String

        func run() async throws {
            try await reportingFailure {
                var random = SystemRandomNumberGenerator()
                let digits = Array("0123456789abcdef")
                let text = String((0..<64).map { _ in digits[Int.random(in: 0..<16, using: &random)] })
                try KeyFile.create(output, text + "\n", isSecret: true)
            }
        }
    }

    struct Scram: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Derive a service's SCRAM-SHA-256 verifier for directory.yaml from a password.",
            discussion: "Reads the password from standard input, one line; it is stored nowhere.")

        func run() async throws {
            try await reportingFailure {
                if isatty(STDIN_FILENO) == 1 { writeToStandardError("Password:") }
                guard let password = readLine(strippingNewline: true), !password.isEmpty else {
                    throw Failure(message: "no password was given.", remedy: "Pipe it in, or type it and press Enter.")
                }
                print(try SCRAMVerifier(password: password))
            }
        }
    }
}
