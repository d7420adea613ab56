import Foundation
import TestSupport
import Testing
import TransparencyLog

@testable import Distribution

@Suite struct WebhookTests {
    @Test func `a message is signed as the specification's example`() throws {
        let secret = try #require(WebhookSecret(parsing: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n"))
        let signature = secret.signature(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", time: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test(arguments: [
        "", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_" + String(repeating: "A", count: 88),
    ])
    func `what is no secret is refused`(text: String) { #expect(WebhookSecret(parsing: text) == nil) }

    @Test func `messages leave in the order in which they came, over restarts`() throws {
        let folder = try TemporaryDirectory(prefix: "webhook")
        for number in 0..<12 {
            #expect(try WebhookQueue(folder.file("queue")).append(Array("\(number)".utf8)))
        }
        let queue = try WebhookQueue(folder.file("queue"))
        var ids: Set<String> = []
        for number in 0..<12 {
            let message = try #require(try queue.first())
            #expect(message.body == Array("\(number)".utf8))
            #expect(try queue.first() == message, "until it is taken")
            ids.insert(message.id)
            try queue.remove(message)
        }
        #expect(try queue.first() == nil && ids.count == 12)
    }

    @Test func `a file that is damaged is skipped and stops nothing`() throws {
        let folder = try TemporaryDirectory(prefix: "webhook")
        let queue = try WebhookQueue(folder.file("queue"))
        for number in 0..<3 { _ = try queue.append(Array("\(number)".utf8)) }
        try folder.write("nonsense", to: "queue/00000000000000000001.message")
        try folder.write("", to: "queue/notes.txt")
        #expect(try queue.first()?.body == Array("1".utf8))
        var generator = SeededGenerator(seed: 5)
        let good = Array("msg_abc\n{}".utf8)
        for _ in 0..<2000 {
            var bytes = good
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[position] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: position)
            default: bytes = Array(bytes.prefix(position))
            }
            if let message = WebhookQueue.parse(bytes, 1) {
                #expect(message.id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "it becomes a header")
            }
        }
    }

    @Test func `pauses grow to five minutes, and an answer may ask for more than ours`() {
        #expect((0..<5).map(WebhookCourier.pause(after:)) == [1, 2, 4, 8, 16].map { .seconds($0) })
        #expect(WebhookCourier.pause(after: 1_000_000) == .seconds(300))
        var retries = Retries(pauses: [.seconds(1), .seconds(1), .seconds(1), .seconds(1)])
        #expect(retries.next(retryAfter: "0") == .seconds(1))
        #expect(retries.next(retryAfter: "7") == .seconds(7))
        #expect(retries.next(retryAfter: "4000000000") == .seconds(30))
        #expect(retries.next(retryAfter: "Fri, 31 Dec 1999 23:59:59 GMT") == .seconds(1))
        #expect(retries.next() == nil && retries.tries == 5)
    }
}
