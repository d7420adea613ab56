import Distribution
import Logging
import NIOHTTP1
import TestSupport
import Testing
import TransparencyLog
import Web

@Suite struct LedgerSiteTests {
    private static let sizes: [UInt64] = [1, 2, 255, 256, 257, 300, 512, 700]

    private func site(_ path: String) -> LedgerSite {
        LedgerSite(LogDirectory(path), log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func grown() throws -> GrowingLog {
        let log = try GrowingLog()
        for size in Self.sizes { try log.grow(to: size) }
        return log
    }

    @Test func `every file that was ever published is served, from the log itself and from its copy`() throws {
        let log = try grown()
        let files = try log.files()
        #expect(files.contains("tile/0/002.p/188") && files.contains("tile/entries/001.p/44"))
        for name in files {
            for path in [log.live, log.copy] {
                let answer = site(path).answer(WebRequest(target: "/\(name)"))
                #expect(answer.status == 200, "\(name)")
                #expect(try answer.body == log.contents(name), "\(name)")
                #expect(answer.headers.first(name: "content-type") == "application/octet-stream")
                #expect(answer.headers.first(name: "cache-control") == "public, max-age=31536000, immutable")
            }
        }
        for path in [log.live, log.copy] {
            let answer = site(path).answer(WebRequest(target: "/checkpoint"))
            #expect(try answer.status == 200 && answer.body == log.contents("checkpoint"))
            #expect(answer.headers.first(name: "content-type") == "text/plain; charset=utf-8")
            #expect(answer.headers.first(name: "cache-control") == "public, max-age=1")
        }
    }

    @Test func `a partial tile is served for any width, also one whose own file was deleted`() throws {
        let log = try grown()
        try expectSuccess(
            ChildProcess.run(["sh", "-c", "rm -r \"$0\"/tile/0/000.p \"$0\"/tile/entries/000.p", log.copy]))
        let full = try log.contents("tile/0/000")
        for path in [log.live, log.copy] {
            for width in [1, 7, 187, 255] {
                let tile = site(path).answer(WebRequest(target: "/tile/0/000.p/\(width)"))
                #expect(tile.status == 200 && tile.body == Array(full.prefix(32 * width)), "\(width)")
                let bundle = site(path).answer(WebRequest(target: "/tile/entries/000.p/\(width)"))
                let entries = try EntryBundle(parsing: bundle.body, count: width).entries
                #expect(entries == (0..<UInt64(width)).map(log.entry))
            }
        }
    }

    @Test func `nothing beyond the published checkpoint is served, though the writer is ahead`() throws {
        let log = try GrowingLog(300)
        try log.grow(to: 700, isShown: false)
        let site = site(log.live)
        for (name, status) in [
            ("tile/0/000", 200), ("tile/0/001.p/44", 200), ("tile/0/001.p/45", 404), ("tile/0/001", 404),
            ("tile/0/002.p/1", 404), ("tile/1/000.p/1", 200), ("tile/1/000.p/2", 404), ("tile/2/000.p/1", 404),
            ("tile/entries/001.p/44", 200), ("tile/entries/001.p/45", 404), ("tile/entries/001", 404),
            ("tile/63/000", 404), ("tile/0/x018/x446/x744/x073/x709/551", 404),
            ("tile/entries/x018/x446/x744/x073/x709/551.p/255", 404),
        ] {
            #expect(site.answer(WebRequest(target: "/\(name)")).status == status, "\(name)")
        }
    }

    @Test func `only names of public files are found`() throws {
        let log = try grown()
        for path in [log.live, log.copy] {
            for (name, status) in [
                ("/", 404), ("", 400), ("checkpoint", 400), ("/checkpoint/", 404), ("//checkpoint", 404),
                ("/head", 404),
                ("/lock", 404), ("/wal", 404), ("/wal/segment-0", 404), ("/detail/000", 404), ("/settled", 404),
                ("/tile", 404), ("/tile/", 400), ("/tile/../head", 400), ("/tile/entries/../../head", 400),
                ("/tile/0/../../head", 400), ("/tile/0/000/", 400), ("/tile/0/0", 400), ("/tile/00/000", 400),
                ("/tile/64/000", 400), ("/tile/0/000.p/0", 400), ("/tile/0/000.p/256", 400), ("/tile/0/000.p/01", 400),
                ("/tile/0/x000/001", 400), ("/tile/0/000.p", 400), ("/tile/0/%30%30%30", 400), ("/%74ile/0/000", 404),
                ("/../live/head", 404), ("/tile/detail/000", 400), ("/tile/0/000\0", 400), ("/tile/data/000", 400),
            ] {
                let answer = site(path).answer(WebRequest(target: name))
                #expect(answer.status == status, "\(name)")
                #expect(answer.headers.first(name: "content-type") == "application/problem+json", "\(name)")
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("secret"))
            }
        }
        for method in [HTTPMethod.POST, .PUT, .DELETE, .OPTIONS, .TRACE] {
            let answer = site(log.copy).answer(WebRequest(method: method, target: "/checkpoint"))
            #expect(answer.status == 405 && answer.headers.first(name: "allow") == "GET, HEAD", "\(method)")
        }
    }

    @Test func `no path, however it is damaged, yields anything but public bytes`() throws {
        let log = try grown()
        let files = try log.files()
        let site = site(log.live)
        var generator = SeededGenerator(seed: 20)
        var found = 0
        for _ in 0..<1500 {
            var bytes = Array(try #require(files.randomElement(using: &generator)).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: 0..<bytes.count, using: &generator)
                let byte = Array("0123456789x/.p%\\\0é".utf8).randomElement(using: &generator) ?? 0
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[position] = byte
                case 1: bytes.insert(byte, at: position)
                default: bytes.remove(at: position)
                }
            }
            let name = String(decoding: bytes, as: UTF8.self)
            let answer = site.answer(WebRequest(target: "/\(name)"))
            #expect([200, 400, 404].contains(answer.status), "\(name.debugDescription)")
            #expect(answer.status == 200 || answer.body.starts(with: Array("{\"status\"".utf8)))
            guard answer.status == 200 else { continue }
            found += 1
            // One spelling for each: what is served under a name is what that name means.
            let path = try #require(TilePath(parsing: name))
            #expect("\(path)" == name)
            #expect(try answer.body == LogDirectory(log.copy).bytes(of: path, size: 700))
        }
        #expect(found > 10)
    }

    @Test func `who has a file already is told so`() throws {
        let log = try grown()
        for name in ["/checkpoint", "/tile/0/000"] {
            let first = site(log.copy).answer(WebRequest(target: name))
            let tag = try #require(first.headers.first(name: "etag"))
            for condition in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = site(log.copy).answer(WebRequest(target: name, headers: ["If-None-Match": condition]))
                #expect(again.status == 304 && again.body.isEmpty, "\(condition)")
                #expect(again.headers.first(name: "etag") == tag && again.headers.contains(name: "cache-control"))
            }
            let other = site(log.copy).answer(WebRequest(target: name, headers: ["If-None-Match": "\"other\""]))
            #expect(other.status == 200)
        }
        let before = site(log.copy).answer(WebRequest(target: "/checkpoint")).headers.first(name: "etag")
        try log.grow(to: 701)
        #expect(site(log.copy).answer(WebRequest(target: "/checkpoint")).headers.first(name: "etag") != before)
    }

    @Test func `a directory without a ledger, or a damaged one, is not answered for`() throws {
        let log = try grown()
        #expect(site(log.folder.file("nothing")).answer(WebRequest(target: "/checkpoint")).status == 404)
        #expect(site(log.folder.file("nothing")).answer(WebRequest(target: "/tile/0/000")).status == 404)
        try expectSuccess(ChildProcess.run(["truncate", "-s", "100", "\(log.copy)/tile/0/000"]))
        #expect(site(log.copy).answer(WebRequest(target: "/tile/0/000")).status == 500)
    }
}

func expectSuccess(_ output: ChildProcess.Output) throws {
    try #require(output.succeeded, "\(output)")
}
