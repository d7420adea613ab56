import PostgresLog
import Ringfence
import TransparencyLog

extension LedgerSettings {
    /// Opens the ledger where the configuration keeps it.
    func store(key: SigningKey, awaitsCosignatures: Bool, sealer: DetailSealer) throws -> any LogStore {
        guard let shared else {
            var options = LogWriter.Options()
            options.awaitsCosignatures = awaitsCosignatures
            return try LogWriter(directory: directory, key: key, options: options) { sealer.seal($0, $1) }
        }
        do throws(LogError) {
            return try SharedLogWriter(
                try shared.location(), name: "\(shared.gateway)", key: key, stateDirectory: directory
            ) { sealer.seal($0) }
        } catch LogError.locked {
            throw Failure(
                message: "another gateway that runs is called \(shared.gateway) in this ledger.",
                remedy: "Give each its own ledger.store.postgres.gateway, and its own ledger.directory.")
        }
    }
}

extension SharedLedgerSettings {
    func location() throws(LogError) -> SharedLogLocation {
        do {
            let password = try passwordFile.map { file in
                String(try KeyFile.read(file).split(whereSeparator: \.isNewline).first ?? "")
            }
            return SharedLogLocation(connectionString: connectionString, password: password, schema: schema)
        } catch {
            throw .failed("\(error)")
        }
    }
}
