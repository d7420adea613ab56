import ArgumentParser
import TransparencyLog

/// What anybody can do with a ledger or a copy of it, and what its operator can do with the details.
struct Ledger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify, read, prove and publish a ledger.",
        subcommands: [
            Verify.self, Show.self, Prove.self, ProveRange.self, Publish.self, Serve.self, Follow.self, Redact.self,
            Retain.self, Rebuild.self, Rotate.self, Freeze.self, Init.self,
        ])
}

/// The key that vouches for a ledger. It comes from the operator by another way: a key found beside the ledger would
/// vouch for whatever lies there.
struct LogKeyOption: ParsableArguments {
    @Option(
        name: .customLong("key"),
        help: """
            The log's public key (name+hash+base64), or the file that holds it. Given more than once, a signature by \
            one of the keys is enough: for logs whose key was rotated.
            """)
    var texts: [String]

    func keys() throws -> LogKeys {
        let keys = try texts.map { try KeyFile.verifierKey($0) }
        do throws(NoteError) {
            return try LogKeys(keys)
        } catch {
            throw Failure(message: "the keys given are not one log's: \(error)")
        }
    }
}

struct LedgerOptions: ParsableArguments {
    @Option(
        name: .customLong("ledger"),
        help: "The ledger's directory, a published copy, a URL of one, or the connection string of its database.")
    var place: LedgerPlace
    @OptionGroup var logKey: LogKeyOption
    @OptionGroup var reading: LedgerPlace.Options

    /// - Parameter work: Gets the ledger, and the keys of which one vouches for it.
    func read<R>(_ work: (LogDirectory, LogKeys) async throws -> R) async throws -> R {
        let keys = try logKey.keys()
        return try await place.read(reading, key: keys) { try await work($0, keys) }
    }
}
