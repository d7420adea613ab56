import ArgumentParser
import TransparencyLog

/// What anybody can do with a ledger or a copy of it, and what its operator can do with the details.
struct Ledger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify, read, prove and publish a ledger.",
        subcommands: [
            Verify.self, Show.self, Prove.self, ProveRange.self, Publish.self, Serve.self, Follow.self, Redact.self,
            Retain.self, Rebuild.self, Freeze.self,
        ])
}

/// The key that vouches for a ledger. It comes from the operator by another way: a key found beside the ledger would
/// vouch for whatever lies there.
struct LogKeyOption: ParsableArguments {
    @Option(name: .customLong("key"), help: "The log's public key (name+hash+base64), or the file that holds it.")
    var text: String

    func verifierKey() throws -> VerifierKey { try KeyFile.verifierKey(text) }
}

struct LedgerOptions: ParsableArguments {
    @Option(name: .customLong("ledger"), help: "The ledger's directory, a published copy, or a URL of one.")
    var place: LedgerPlace
    @OptionGroup var logKey: LogKeyOption
    @OptionGroup var reading: LedgerPlace.Options

    /// - Parameter work: Gets the ledger, and the key that vouches for it.
    func read<R>(_ work: (LogDirectory, VerifierKey) async throws -> R) async throws -> R {
        let key = try logKey.verifierKey()
        return try await place.read(reading, key: key) { try await work($0, key) }
    }
}
