import NIOHTTP1
import TestSupport
import Testing
import Web

@Suite(.timeLimit(.minutes(2))) struct WebClientTests {
    private func withClient(
        _ options: WebClient.Options = WebClient.Options(), _ body: (WebClient) async throws -> Void
    ) async throws {
        let client = try WebClient(options)
        do {
            try await body(client)
        } catch {
            try await client.shutDown()
            throw error
        }
        try await client.shutDown()
    }

    @Test func `one connection carries one request after the other`() async throws {
        let server = try await ServerInPython()
        try await withClient { client in
            for _ in 0..<5 {
                let answer = try await client.answer(
                    to: WebRequest(target: "http://127.0.0.1:\(server.port)/connections"), bytesMax: 10)
                #expect(answer.status == 200 && answer.body == Array("1".utf8))
            }
        }
    }

    @Test func `a silent server is given up after its time`() async throws {
        let server = try await ServerInPython()
        try await withClient(WebClient.Options(time: .milliseconds(300))) { client in
            await #expect(throws: WebFailure("it did not answer within 300 ms")) {
                try await client.answer(
                    to: WebRequest(target: "http://127.0.0.1:\(server.port)/slow"), bytesMax: 10)
            }
        }
    }

    @Test(arguments: ["long", "chunks"])
    func `an answer that is too long is not read to its end`(path: String) async throws {
        let server = try await ServerInPython()
        try await withClient { client in
            let error = await #expect(throws: WebFailure.self) {
                try await client.answer(
                    to: WebRequest(target: "http://127.0.0.1:\(server.port)/\(path)"), bytesMax: 5000)
            }
            #expect(error == WebFailure("its answer is longer than 5000 bytes", mayPass: false))
            // The client is none the worse for it.
            let answer = try await client.answer(
                to: WebRequest(target: "http://127.0.0.1:\(server.port)/connections"), bytesMax: 10)
            #expect(answer.status == 200)
        }
    }

    @Test func `what is no whole answer is none`() async throws {
        let server = try await ServerInPython()
        try await withClient { client in
            for path in ["cut", "nonsense"] {
                let error = await #expect(throws: WebFailure.self, "\(path)") {
                    try await client.answer(
                        to: WebRequest(target: "http://127.0.0.1:\(server.port)/\(path)"), bytesMax: 5000)
                }
                #expect(error?.mayPass == true, "\(path)")
            }
            for target in ["nonsense", "ftp://127.0.0.1/", "http://", "http://127.0.0.1:99999/"] {
                await #expect(throws: WebFailure.self, "\(target)") {
                    try await client.answer(to: WebRequest(target: target), bytesMax: 10)
                }
            }
        }
    }

    @Test func `a client that is let go early, or shut down twice, harms nobody`() async throws {
        let server = try await ServerInPython()
        let request = WebRequest(target: "http://127.0.0.1:\(server.port)/connections")
        for _ in 0..<3 {
            let client = try WebClient()
            _ = try await client.answer(to: request, bytesMax: 10)
        }
        _ = try WebClient()
        try await withClient { client in
            try await client.shutDown()
            await #expect(throws: WebFailure.self) { try await client.answer(to: request, bytesMax: 10) }
        }
    }

    @Test func `a redirect is an answer like others`() async throws {
        let server = try await ServerInPython()
        try await withClient { client in
            let answer = try await client.answer(
                to: WebRequest(target: "http://127.0.0.1:\(server.port)/elsewhere"), bytesMax: 10)
            #expect(answer.status == 302 && answer.headers.first(name: "location") == "/connections")
        }
    }

    @Test func `compressed answers are unpacked, within bounds`() async throws {
        let server = try await ServerInPython()
        var options = WebClient.Options()
        options.decompresses = true
        try await withClient(options) { client in
            let answer = try await client.answer(
                to: WebRequest(target: "http://127.0.0.1:\(server.port)/gzip"), bytesMax: 100)
            #expect(answer.body == Array("hello".utf8))
            await #expect(throws: WebFailure.self) {
                try await client.answer(
                    to: WebRequest(target: "http://127.0.0.1:\(server.port)/bomb"), bytesMax: 10_000)
            }
        }
    }

    @Test func `HTTPS is verified with the authorities that are named, and only with them`() async throws {
        let folder = try TemporaryDirectory(prefix: "web")
        func makeCertificate(_ name: String, for subject: String) throws -> String {
            let made = try ChildProcess.run([
                "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                "2", "-subj", "/CN=test", "-addext", "subjectAltName=\(subject)", "-keyout", folder.file(name),
                "-out", folder.file(name + ".crt"),
            ])
            try #require(made.succeeded, "\(made)")
            try folder.write(try folder.read(name) + folder.read(name + ".crt"), to: name + ".pem")
            return folder.file(name + ".pem")
        }
        let server = try await ServerInPython(certificate: try makeCertificate("right", for: "IP:127.0.0.1"))
        let impostor = try await ServerInPython(certificate: try makeCertificate("wrong", for: "IP:127.0.0.2"))
        _ = try makeCertificate("stranger", for: "IP:127.0.0.1")

        func status(of server: ServerInPython, trusting name: String?) async throws -> Int {
            let client = try WebClient(WebClient.Options(authoritiesFile: name.map(folder.file)))
            let result: Result<Int, any Error>
            do {
                let request = WebRequest(target: "https://127.0.0.1:\(server.port)/connections")
                result = .success(try await client.answer(to: request, bytesMax: 10).status)
            } catch {
                result = .failure(error)
            }
            try await client.shutDown()
            return try result.get()
        }
        #expect(try await status(of: server, trusting: "right.crt") == 200)
        await #expect(throws: WebFailure.self, "another authority") {
            try await status(of: server, trusting: "stranger.crt")
        }
        await #expect(throws: WebFailure.self, "the system's authorities") {
            try await status(of: server, trusting: nil)
        }
        await #expect(throws: WebFailure.self, "another host's certificate") {
            try await status(of: impostor, trusting: "wrong.crt")
        }
        #expect(throws: WebFailure.self) { try WebClient(WebClient.Options(authoritiesFile: folder.file("nothing"))) }
    }
}
