import Testing

@testable import TransparencyLog

struct CheckpointSubmissionTests {
    private func checkpoint(_ size: UInt64) -> Checkpoint { Checkpoint(origin: "log", size: size, root: .leaf([1])) }
    private func conflict(_ size: UInt64) -> WitnessAnswer { .conflict(size: size) }
    private let line = NoteSignature(name: "w", keyID: 1, signature: [1, 2, 3])
    private var cosigned: WitnessAnswer { WitnessAnswer(status: 200, "\(line)") }

    @Test func `the size is remembered from one checkpoint to the next`() {
        var submission = CheckpointSubmission()
        #expect(submission.begin(checkpoint(10)) == .ask(from: 0, after: .zero))
        #expect(submission.answered(conflict(4)) == .ask(from: 4, after: .milliseconds(10)))
        #expect(submission.answered(cosigned) == .cosigned([line]))
        #expect(submission.begin(checkpoint(12)) == .ask(from: 10, after: .zero))
        #expect(submission.answered(cosigned) == .cosigned([line]))
        // A refresh.
        #expect(submission.begin(checkpoint(12)) == .ask(from: 12, after: .zero))
    }

    @Test func `after three tries it waits for the next checkpoint`() {
        var submission = CheckpointSubmission()
        _ = submission.begin(checkpoint(10))
        #expect(submission.answered(conflict(4)) == .ask(from: 4, after: .milliseconds(10)))
        #expect(submission.answered(conflict(5)) == .ask(from: 5, after: .milliseconds(50)))
        #expect(submission.answered(conflict(6)) == .gaveUp("it answered 409 3 times"))
        #expect(submission.begin(checkpoint(11)) == .ask(from: 6, after: .zero))
    }

    @Test func `a larger size than ours means that we were rolled back`() {
        var submission = CheckpointSubmission()
        _ = submission.begin(checkpoint(10))
        #expect(submission.answered(conflict(11)) == .alarm(.rolledBack(size: 10, witnessed: 11)))
    }

    @Test func `another root of our size is a fork, by 409 of the old protocol and by 422 of the new`() {
        for status in [409, 422] {
            var submission = CheckpointSubmission()
            _ = submission.begin(checkpoint(10))
            // That it has this size is no alarm when we asked for another.
            #expect(submission.answered(conflict(10)) == .ask(from: 10, after: .milliseconds(10)))
            let answer = status == 409 ? conflict(10) : WitnessAnswer(status: 422, "no")
            #expect(submission.answered(answer) == .alarm(.fork(size: 10)))
        }
    }

    @Test func `a proof that does not verify there is an alarm, a refused first checkpoint is none`() {
        var submission = CheckpointSubmission()
        _ = submission.begin(checkpoint(10))
        guard case .gaveUp = submission.answered(WitnessAnswer(status: 422, "no")) else {
            Issue.record("alarmed")
            return
        }
        _ = submission.begin(checkpoint(10))
        _ = submission.answered(conflict(4))
        #expect(submission.answered(WitnessAnswer(status: 422, "no")) == .alarm(.inconsistent(from: 4, to: 10)))
    }

    @Test(arguments: [
        WitnessAnswer(status: 200, "hello"), WitnessAnswer(status: 400, ""), WitnessAnswer(status: 403, ""),
        WitnessAnswer(status: 404, ""), WitnessAnswer(status: 500, ""), WitnessAnswer(status: 409, "ten"),
        WitnessAnswer(status: 409, "010"), WitnessAnswer(status: 409, contentType: "", body: []),
        WitnessAnswer(status: 409, contentType: "", body: Array("99999999999999999999\n".utf8)),
    ])
    func `whatever else it answers, we give up for now`(answer: WitnessAnswer) {
        var submission = CheckpointSubmission()
        #expect(submission.answered(answer) == .gaveUp("nothing was asked"))
        _ = submission.begin(checkpoint(10))
        guard case .gaveUp = submission.answered(answer) else {
            Issue.record("\(submission)")
            return
        }
    }

    @Test func `a submission prefix is a plain URL`() {
        for (text, host, port, path) in [
            ("http://w.example", "w.example", 80, ""), ("https://w.example/", "w.example", 443, ""),
            ("http://127.0.0.1:7380/a/b/", "127.0.0.1", 7380, "/a/b"), ("https://[::1]:1/x", "::1", 1, "/x"),
            ("http://[::1]", "::1", 80, ""),
        ] {
            let url = HTTPPrefix(parsing: text)
            #expect(url?.host == host && url?.port == port && url?.path == path, "\(text)")
            #expect(url.flatMap { HTTPPrefix(parsing: "\($0)") } == url)
        }
        for bad in [
            "", "w.example", "ftp://w", "http://", "http://:80", "http://u@w", "http://w?q", "http://w/#f",
            "http://w:0",
            "http://w:65536", "http://w:x", "http://a b", "http://::1", "http://[::1", "http://w\u{e9}", "http://w:080",
        ] {
            #expect(HTTPPrefix(parsing: bad) == nil, "\(bad)")
        }
    }
}
