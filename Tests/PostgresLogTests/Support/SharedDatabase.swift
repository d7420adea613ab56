import Foundation
import PostgresLog
import Synchronization
import TestSupport
import TransparencyLog

/// A database that keeps what it commits, with an empty log in it and a role that may write to the log and no more.
struct SharedDatabase {
    static let writerRole = "log_writer"
    static let password = "for-a-test"
    static let origin = "log.example/shared"

    let database: TestDatabase
    let folder: TemporaryDirectory
    let key: SigningKey

    private static let clusters = Mutex<PostgresCluster?>(nil)

    /// The one that these tests share; those that stop it start their own.
    static func cluster() throws -> PostgresCluster {
        try clusters.withLock { cluster in
            if let cluster { return cluster }
            let started = try PostgresCluster(.v15, isDurable: true)
            cluster = started
            return started
        }
    }

    init(_ cluster: PostgresCluster? = nil) throws {
        database = try (cluster ?? Self.cluster()).createDatabase(prefix: "log")
        folder = try TemporaryDirectory(prefix: "shared-log")
        key = try SigningKey(name: Self.origin, seed: [UInt8](repeating: 7, count: 32))
        try database.run(
            """
            DO $$ BEGIN
                CREATE ROLE \(Self.writerRole) LOGIN PASSWORD '\(Self.password)';
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$;
            """)
        try database.run(
            SharedLogSchema(location(), origin: Self.origin).sql(writers: [Self.writerRole]))
    }

    func location(_ name: String? = nil, port: Int? = nil) -> SharedLogLocation {
        SharedLogLocation(
            connectionString: "host=127.0.0.1 port=\(port ?? database.cluster.port) dbname=\(name ?? database.name) "
                + "user=\(Self.writerRole) sslmode=disable",
            password: Self.password)
    }

    static var options: SharedLogWriter.Options {
        var options = SharedLogWriter.Options()
        options.checkpointInterval = .milliseconds(20)
        options.staleAfter = .seconds(2)
        options.patience = .milliseconds(300)
        return options
    }

    func writer(
        _ name: String, at location: SharedLogLocation? = nil, options: SharedLogWriter.Options = Self.options
    ) throws -> SharedLogWriter {
        try SharedLogWriter(
            location ?? self.location(), name: name, key: key, stateDirectory: folder.file("state-\(name)"),
            options: options, seal: { [0xDD] + $0 })
    }

    var log: LogDirectory { LogDirectory(sharedAt: location()) }

    /// Every entry, from a published copy that was verified, as was the log it was made from.
    func verifiedEntries() throws -> [String] {
        var direct: [String] = []
        _ = try log.verify(with: key.verifierKey) { direct.append(String(decoding: $1, as: UTF8.self)) }
        let copy = folder.file("copy-\(UUID().uuidString)")
        try log.publish(to: copy, verifiedBy: key.verifierKey)
        var published: [String] = []
        _ = try LogDirectory(copy).verify(with: key.verifierKey) {
            published.append(String(decoding: $1, as: UTF8.self))
        }
        guard published == direct else { throw Difference() }
        return published
    }

    struct Difference: Error {}
}

/// Appends entries of its own, each until it is durable, and remembers which were.
final class Producer: Sendable {
    private let acknowledged = Mutex<[String]>([])
    private let isStopped = Mutex(false)

    func stop() { isStopped.withLock { $0 = true } }

    var durable: [String] { acknowledged.withLock { $0 } }

    /// - Parameter count: Nil to go on until ``stop()``.
    func run(_ writer: SharedLogWriter, _ name: String, count: Int? = nil) {
        var number = 0
        while count.map({ number < $0 }) ?? !isStopped.withLock({ $0 }) {
            let text = "\(name) \(number)"
            do throws(LogError) {
                _ = try writer.appendDurably(LogRecord(entry: Array(text.utf8), detail: Array(text.utf8)))
                acknowledged.withLock { $0.append(text) }
            } catch {
                guard error.isRetryable else { return }
                usleep(2000)
            }
            // One of which nothing is known may be there or not, so it is never tried again.
            number += 1
        }
    }
}
