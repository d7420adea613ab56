import ArgumentParser
import Distribution
import PostgresLog
import TransparencyLog
import Web

/// Where a ledger is read: a directory here, a URL, or a database.
struct LedgerPlace: ExpressibleByArgument {
    private enum Place {
        case directory(String)
        case url(HTTPPrefix)
        case database(SharedLogLocation)
    }

    private let place: Place

    init?(argument: String) {
        if argument.hasPrefix("http://") || argument.hasPrefix("https://") {
            guard let prefix = HTTPPrefix(parsing: argument) else { return nil }
            place = .url(prefix)
        } else if let location = SharedLogLocation(parsing: argument) {
            place = .database(location)
        } else {
            place = .directory(argument)
        }
    }

    /// How a ledger that is elsewhere is read.
    struct Options: ParsableArguments {
        @Option(
            help: "For a URL: a directory to keep verified tiles in, so that they are not fetched again.")
        var cache: String?
        @Option(help: "For an https URL: a PEM file with the certificate authorities to trust; the system's if absent.")
        var tlsAuthorities: String?
    }

    /// - Parameter key: The log's, whose tiles are kept apart from other logs'.
    func read<R>(
        _ options: Options, key: LogKeys, _ work: (LogDirectory) async throws -> R
    ) async throws -> R {
        switch place {
        case .directory(let path):
            return try await work(LogDirectory(path))
        case .database(let location):
            return try await work(LogDirectory(sharedAt: location))
        case .url(let prefix):
            let client: WebClient
            do throws(WebFailure) {
                client = try Self.client(options)
            } catch {
                throw Failure(message: "\(error).", remedy: "Name a PEM file with --tls-authorities.")
            }
            let result: Result<R, any Error>
            do {
                let files = try RemoteLog(prefix, client: client)
                result = .success(
                    try await work(LogDirectory("\(prefix)", reading: files, cache: options.tiles(of: key))))
            } catch {
                result = .failure(error)
            }
            try await client.shutDown()
            return try result.get()
        }
    }

    private static func client(_ options: Options) throws(WebFailure) -> WebClient {
        var settings = WebClient.Options(authoritiesFile: options.tlsAuthorities)
        settings.connectionsPerHost = RemoteLog.readers
        settings.decompresses = true
        return try WebClient(settings)
    }
}

extension LedgerPlace.Options {
    func tiles(of key: LogKeys) -> TileCache? {
        cache.map { TileCache("\($0)/\(WitnessedCheckpoint.pathName(of: key.name))") }
    }
}
