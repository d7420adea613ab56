import Foundation
import TestSupport
import Testing

@Suite struct ChildProcessTests {
    @Test func `both streams and the status are collected`() throws {
        let output = try ChildProcess.run(["sh", "-c", "cat; echo problem >&2; exit 3"], input: "given")
        #expect(output.output == "given")
        #expect(output.errors == "problem\n")
        #expect(output.status == 3)
    }

    @Test func `a command that takes too long is killed`() throws {
        let output = try ChildProcess.run(["sleep", "600"], timeout: 0.2)
        #expect(output.timedOut)
        #expect(output.status == 128 + 9)
    }

    @Test func `output can be awaited while the command runs`() throws {
        let child = try ChildProcess(["sh", "-c", "echo ready; cat >/dev/null; echo done"], keepsInputOpen: true)
        #expect(child.wait { output, _ in output.contains("ready") })
        #expect(child.status == nil)
        child.closeInput()
        #expect(child.finish().output == "ready\ndone\n")
    }

    @Test func `a missing command is an error`() {
        #expect(throws: ChildProcessError.self) { try ChildProcess.run(["/nowhere/at/all"]) }
    }

    @Test func `a watchdog acts when its process is killed`() throws {
        let folder = try TemporaryDirectory()
        let marker = folder.file("marker")
        // The shell's read end sees the end of its pipe, as the watchdog's does when the kernel closes ours.
        let watchdog = try Watchdog(onDeath: "echo acted >\(shellQuoted(marker))")
        #expect(!FileManager.default.fileExists(atPath: marker))
        watchdog.performNow()
        #expect(try folder.read("marker") == "acted\n")
        watchdog.performNow()
    }
}

@Suite struct SeededGeneratorTests {
    @Test func `the same seed gives the same bytes`() {
        var one = SeededGenerator(seed: 7)
        var two = SeededGenerator(seed: 7)
        #expect(one.bytes(13) == two.bytes(13))
        #expect(one.next() != 0)
    }
}
