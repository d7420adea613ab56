import Glibc
import NIOCore
import NIOHTTP1
import Synchronization
import TestSupport
import Testing
import Web

@Suite(.timeLimit(.minutes(2))) struct WebServerTests {
    /// Says what it was asked; `/slow` only when it is let.
    private final class Echo: WebService {
        let gate = Mutex(false)
        let begun = Mutex(0)
        var bodyBytesMax: Int { 1000 }

        func answer(_ request: WebRequest) -> WebAnswer {
            begun.withLock { $0 += 1 }
            while request.path == "/slow", !gate.withLock({ $0 }) { usleep(1000) }
            return WebAnswer(
                status: 200, headers: ["Content-Type": "text/plain"],
                body: Array("\(request.method) \(request.target) ".utf8) + request.body)
        }
    }

    private func withServer(
        _ change: (inout WebServer.Options) -> Void = { _ in },
        _ body: (WebServer, Echo, WebClient) async throws -> Void
    ) async throws {
        var options = WebServer.Options(host: "127.0.0.1", port: 0)
        change(&options)
        let echo = Echo()
        let server = try await WebServer.start(options, echo)
        let client = try WebClient()
        do {
            try await body(server, echo, client)
        } catch {
            try await client.shutDown()
            try? await server.stop()
            throw error
        }
        try await client.shutDown()
    }

    private func url(_ server: WebServer, _ path: String) -> String {
        "http://127.0.0.1:\(server.address.port ?? 0)\(path)"
    }

    @Test func `requests come whole and answers leave whole`() async throws {
        try await withServer { server, _, client in
            let get = try await client.answer(to: WebRequest(target: url(server, "/a?b")), bytesMax: 100)
            #expect(get.status == 200 && get.body == Array("GET /a?b ".utf8))
            #expect(get.headers.first(name: "content-type") == "text/plain")
            let post = WebRequest(method: .POST, target: url(server, "/"), body: Array("x".utf8))
            #expect(try await client.answer(to: post, bytesMax: 100).body == Array("POST / x".utf8))
            let head = try await client.answer(
                to: WebRequest(method: .HEAD, target: url(server, "/a")), bytesMax: 100)
            #expect(head.body.isEmpty && head.headers.first(name: "content-length") == "8")
            let long = WebRequest(method: .POST, target: url(server, "/"), body: [UInt8](repeating: 65, count: 1001))
            let refused = try await client.answer(to: long, bytesMax: 1000)
            #expect(refused.status == 413)
            #expect(refused.headers.first(name: "content-type") == "application/problem+json")
            try await server.stop()
        }
    }

    @Test func `headers beyond the bound end the connection, and the server goes on`() async throws {
        try await withServer { server, _, client in
            var request = WebRequest(target: url(server, "/"))
            request.headers.add(name: "X", value: String(repeating: "x", count: 20 << 10))
            let answer = try? await client.answer(to: request, bytesMax: 1000)
            #expect(answer?.status != 200)
            #expect(try await client.answer(to: WebRequest(target: url(server, "/")), bytesMax: 100).status == 200)
            try await server.stop()
        }
    }

    @Test func `stopping waits for answers that were begun, and takes no new requests`() async throws {
        try await withServer({ $0.threads = 2 }) { server, echo, client in
            async let slow = client.answer(to: WebRequest(target: url(server, "/slow")), bytesMax: 100)
            while echo.begun.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
            async let stopped: Void = server.stop()
            while (try? await client.answer(to: WebRequest(target: url(server, "/")), bytesMax: 100)) != nil {
                try await Task.sleep(for: .milliseconds(5))
            }
            echo.gate.withLock { $0 = true }
            #expect(try await slow.body == Array("GET /slow ".utf8))
            try await stopped
        }
    }
}
