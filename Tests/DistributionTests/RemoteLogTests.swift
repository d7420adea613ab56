import Distribution
import Foundation
import Logging
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing
import TransparencyLog
import Web

/// Serves a ledger, and does to its answers what a test wants.
final class UnreliableSite: WebService {
    typealias Change = @Sendable (_ name: String, _ visit: Int, _ answer: WebAnswer) -> WebAnswer

    private let site: LedgerSite
    private let visits = Mutex<[String: Int]>([:])
    private let change: Change

    init(_ path: String, _ change: @escaping Change = { $2 }) {
        site = LedgerSite(LogDirectory(path), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.change = change
    }

    var bodyBytesMax: Int { 0 }

    func answer(_ request: WebRequest) -> WebAnswer {
        let name = String(request.path.dropFirst())
        let visit = visits.withLock { visits in
            visits[name, default: 0] += 1
            return visits[name] ?? 0
        }
        return change(name, visit, site.answer(request))
    }

    /// What was asked for since the last call.
    func asked() -> [String: Int] {
        visits.withLock { visits in
            defer { visits = [:] }
            return visits
        }
    }

    /// A URL at which it answers while `body` runs, and a client.
    func serve(_ body: (HTTPPrefix, WebClient) async throws -> Void) async throws {
        var options = WebServer.Options(host: "127.0.0.1", port: 0)
        options.threads = 4
        let server = try await WebServer.start(options, self)
        var settings = WebClient.Options(time: .seconds(10))
        settings.decompresses = true
        let client = try WebClient(settings)
        let url = try #require(HTTPPrefix(parsing: "http://127.0.0.1:\(server.address.port ?? 0)"))
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(url, client))
        } catch {
            result = .failure(error)
        }
        try await client.shutDown()
        try await server.stop()
        try result.get()
    }
}

@Suite(.timeLimit(.minutes(3))) struct RemoteLogTests {
    private func directory(_ url: HTTPPrefix, _ client: WebClient, cache: String? = nil) throws -> LogDirectory {
        LogDirectory("\(url)", reading: try RemoteLog(url, client: client), cache: cache.map { TileCache($0) })
    }

    @Test func `a log is verified and proved from afar as it is here`() async throws {
        let log = try GrowingLog(300, 70_000)
        let key = log.key.verifierKey
        let here = try LogDirectory(log.live).verify(with: key)
        for path in [log.live, log.copy] {
            try await UnreliableSite(path).serve { url, client in
                let there = try directory(url, client)
                var entries: UInt64 = 0
                let verified = try there.verify(with: key) { index, entry in
                    if index.rawValue != entries || entry != log.entry(entries) { Issue.record("entry \(index)") }
                    entries += 1
                }
                #expect(verified == here && entries == 70_000)
                #expect(
                    try there.prove(EntryIndex(4711), verifiedBy: key).bytes
                        == LogDirectory(log.copy).prove(EntryIndex(4711), verifiedBy: key).bytes)
                #expect(
                    try there.prove(250..<600, verifiedBy: key).bytes
                        == LogDirectory(log.copy).prove(250..<600, verifiedBy: key).bytes)
                #expect(try there.sealedDetail(EntryIndex(0)) == nil)
                #expect(throws: LogVerificationError.self) {
                    try there.verify(with: SigningKey.generate(name: key.name).verifierKey)
                }
            }
        }
    }

    @Test func `a log that grows while it is read is read as it was`() async throws {
        let log = try GrowingLog(700)
        let key = log.key.verifierKey
        try await UnreliableSite(log.copy).serve { url, client in
            let there = try directory(url, client)
            try log.grow(to: 1500)
            // The partials that this size needs are gone: their beginnings are in what there is.
            try expectSuccess(ChildProcess.run(["sh", "-c", "rm -r $(find \"$0\" -name '002.p')", log.copy]))
            #expect(try there.verify(with: key).size == 700)
        }
    }

    @Test func `what fails for a while is asked for again, what fails for good is said`() async throws {
        let log = try GrowingLog(700)
        let key = log.key.verifierKey
        let moody = UnreliableSite(log.copy) { _, visit, answer in
            switch visit {
            case 1: WebAnswer(status: 503)
            case 2: WebAnswer(status: 429, headers: ["Retry-After": "0"])
            default: answer
            }
        }
        try await moody.serve { url, client in
            let verified = try directory(url, client).verify(with: key)
            #expect(verified.size == 700)
        }
        let broken = UnreliableSite(log.copy) { name, _, answer in
            name == "tile/entries/001" ? WebAnswer(status: 301, headers: ["Location": "/other"]) : answer
        }
        try await broken.serve { url, client in
            let error = #expect(throws: LogVerificationError.self) { try directory(url, client).verify(with: key) }
            #expect(error?.code == .unreadable && error?.path == "tile/entries/001")
            #expect(error?.what == "\(url) answered 301")
        }
        let incomplete = UnreliableSite(log.copy) { name, _, answer in
            name == "tile/0/001" ? WebAnswer(status: 404) : answer
        }
        try await incomplete.serve { url, client in
            let error = #expect(throws: LogVerificationError.self) { try directory(url, client).verify(with: key) }
            #expect(error?.code == .missing && error?.path == "tile/0/001")
        }
    }

    @Test func `verified tiles are kept and not fetched again, and a damaged one is replaced`() async throws {
        let log = try GrowingLog(1000)
        let key = log.key.verifierKey
        let cache = log.folder.file("cache")
        let site = UnreliableSite(log.copy)
        try await site.serve { url, client in
            _ = try directory(url, client, cache: cache).verify(with: key)
            #expect(site.asked().count == 4 + 4 + 1 + 2, "tiles, bundles, the tile above, checkpoint and pruned")
            try log.grow(to: 1400)
            _ = try directory(url, client, cache: cache).verify(with: key)
            // Three were full before.
            #expect(
                site.asked().keys.filter { $0.hasPrefix("tile/0/") }.sorted()
                    == ["tile/0/003", "tile/0/004", "tile/0/005.p/120"])
            for name in ["tile/0/000", "tile/entries/001"] {
                var bytes = try Data(contentsOf: URL(filePath: "\(cache)/\(name)"))
                bytes[100] ^= 1
                try bytes.write(to: URL(filePath: "\(cache)/\(name)"))
            }
            _ = try directory(url, client, cache: cache).verify(with: key)
            let again = site.asked()
            #expect(again["tile/0/000"] == 1 && again["tile/entries/001"] == 1)
            #expect(
                again.keys.filter { !$0.contains(".p/") }.count == 4, "and what is never kept: checkpoint and pruned")
            _ = try directory(url, client, cache: cache).verify(with: key)
            #expect(site.asked()["tile/0/000"] == nil)
        }
    }

    @Test func `nothing that does not verify is kept`() async throws {
        let log = try GrowingLog(700)
        let cache = log.folder.file("cache")
        let other = try GrowingLog(700, key: log.key, turn: "!")
        let bundle = try other.contents("tile/entries/001")
        let forged = UnreliableSite(log.copy) { name, _, answer in
            var answer = answer
            if name == "tile/entries/001" { answer.body = bundle }
            return answer
        }
        try await forged.serve { url, client in
            let error = #expect(throws: LogVerificationError.self) {
                try directory(url, client, cache: cache).verify(with: log.key.verifierKey)
            }
            #expect(error?.code == .damaged && error?.path == "tile/entries/001")
        }
        #expect(FileManager.default.fileExists(atPath: "\(cache)/tile/entries/000"))
        #expect(!FileManager.default.fileExists(atPath: "\(cache)/tile/entries/001"))
    }

    @Test func `no answer, however it is damaged, is believed`() async throws {
        let log = try GrowingLog(300)
        let key = log.key.verifierKey
        let files = try log.files().filter { !$0.hasSuffix(".p/0") } + ["checkpoint"]
        let good = try LogDirectory(log.copy).verify(with: key)
        let damage = Mutex<(name: String, body: [UInt8])>(("", []))
        let site = UnreliableSite(log.copy) { name, _, answer in
            var answer = answer
            let (damaged, body) = damage.withLock { $0 }
            if name == damaged { answer.body = body }
            return answer
        }
        var generator = SeededGenerator(seed: 7)
        try await site.serve { url, client in
            for round in 0..<150 {
                let name = try #require(files.randomElement(using: &generator))
                var bytes = try log.contents(name)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0:
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                        1 << UInt8.random(in: 0..<8, using: &generator)
                case 1:
                    bytes.insert(
                        UInt8.random(in: 0...255, using: &generator),
                        at: Int.random(in: 0...bytes.count, using: &generator))
                case 2: bytes.remove(at: Int.random(in: 0..<bytes.count, using: &generator))
                default: bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count, using: &generator)))
                }
                damage.withLock { $0 = (name, bytes) }
                let verified = try? directory(url, client).verify(with: key)
                // A tile that the last checkpoint does not need, or bits that base64 ignores.
                #expect(verified == nil || verified?.root == good.root, "round \(round): \(name)")
            }
        }
    }
}
