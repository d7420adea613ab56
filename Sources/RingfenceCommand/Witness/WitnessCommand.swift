import ArgumentParser
import TransparencyLog

/// An independent witness: needs nothing of a gateway but its log's public key.
struct WitnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract:
            "Run a witness, which cosigns logs' checkpoints as long as they tell one history (C2SP tlog-witness).",
        subcommands: [WitnessServe.self, WitnessKeygen.self, WitnessShow.self])
}

struct WitnessKeygen: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keygen", abstract: "Make the key that a witness cosigns with.",
        discussion: """
            Writes the secret key to the file and the public one to <file>.pub: that line goes to the logs' operators \
            and to everybody who checks. A key belongs to one witness for ever.
            """)

    @Option(help: "The witness's name: a URL without scheme, such as witness.example.org/w1.") var name: String
    @Option(name: .customLong("out"), help: "The file to create.") var output: String

    func run() async throws {
        try await reportingFailure {
            let key = try CosigningKey.generate(name: name)
            try KeyFile.createPair(output, secret: key.secretText + "\n", public: "\(key.verifierKey)\n")
            print(key.verifierKey)
        }
    }
}
