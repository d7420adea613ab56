public import Foundation
import Glibc

/// A command that runs beside the test: its output is collected, and it does not outlive the test process.
public final class ChildProcess: Sendable {
    /// What a finished command left.
    public struct Output: Sendable, CustomStringConvertible {
        /// The exit status, or 128 + the number of the signal that ended it.
        public let status: Int32
        public let outputBytes: [UInt8]
        public let errorBytes: [UInt8]
        /// It did not end in time and was killed.
        public let timedOut: Bool

        public var output: String { String(decoding: outputBytes, as: UTF8.self) }
        public var errors: String { String(decoding: errorBytes, as: UTF8.self) }
        public var succeeded: Bool { status == 0 && !timedOut }
        public var description: String {
            "status \(status)\(timedOut ? " (timed out)" : "")\n\(output)\(errors)"
        }
    }

    private struct State {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var openStreams = 2
        var status: Int32?
        var input: Int32?
        var watchdog: Watchdog?
    }

    public let command: [String]
    public let identifier: pid_t
    private let process: SpawnedProcess
    private let changed = NSCondition()
    // Every access holds `changed`'s lock.
    private nonisolated(unsafe) var state = State()

    /// Starts `command` (found in PATH), with its input open for ``write(_:)`` if `keepsInputOpen`.
    public init(
        _ command: [String], environment: [String: String] = [:], directory: String? = nil,
        keepsInputOpen: Bool = false
    ) throws {
        Self.ignoreBrokenPipes
        self.command = command
        let input = keepsInputOpen ? try Pipe() : nil
        let output = try Pipe()
        let errors = try Pipe()
        process = try SpawnedProcess(
            command, environment: currentEnvironment().merging(environment) { $1 }, directory: directory,
            input: input?.reading, output: output.writing, errors: errors.writing)
        identifier = process.identifier
        if let input { close(input.reading) }
        close(output.writing)
        close(errors.writing)
        state.input = input?.writing
        state.watchdog = try Watchdog(onDeath: "kill -9 -\(identifier) 2>/dev/null")
        collect(output.reading) { $0.output.append(contentsOf: $1) }
        collect(errors.reading) { $0.errors.append(contentsOf: $1) }
        Thread { [self] in
            let status = process.wait()
            let watchdog = withState { state in
                state.status = status
                defer { state.watchdog = nil }
                return state.watchdog
            }
            watchdog?.disarm()
        }.start()
    }

    private func withState<Result>(_ body: (inout State) -> Result) -> Result {
        changed.lock()
        defer {
            changed.broadcast()
            changed.unlock()
        }
        return body(&state)
    }

    private func collect(_ descriptor: Int32, _ append: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void) {
        Thread { [self] in
            var chunk = [UInt8](repeating: 0, count: 65536)
            while true {
                let count = Glibc.read(descriptor, &chunk, chunk.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                withState { append(&$0, chunk[..<count]) }
            }
            close(descriptor)
            withState { $0.openStreams -= 1 }
        }.start()
    }

    /// What it has written to its standard output so far.
    public var output: String { withState { String(decoding: $0.output, as: UTF8.self) } }
    /// What it has written to its standard error so far.
    public var errors: String { withState { String(decoding: $0.errors, as: UTF8.self) } }
    /// Nil while it runs.
    public var status: Int32? { withState { $0.status } }

    /// Waits until `condition` holds for what it has written, or it has ended, or `timeout` has passed.
    ///
    /// - Returns: whether the condition holds.
    @discardableResult
    public func wait(
        timeout: TimeInterval = 60, until condition: (_ output: String, _ errors: String) -> Bool
    ) -> Bool {
        let deadline = Date(timeIntervalSinceNow: timeout)
        changed.lock()
        defer { changed.unlock() }
        while true {
            let output = String(decoding: state.output, as: UTF8.self)
            if condition(output, String(decoding: state.errors, as: UTF8.self)) { return true }
            if state.status != nil, state.openStreams == 0 { return false }
            if !changed.wait(until: deadline) { return false }
        }
    }

    /// Waits for the end; kills the process group when `timeout` has passed.
    public func finish(timeout: TimeInterval = 120) -> Output {
        let ended = waitForEnd(until: Date(timeIntervalSinceNow: timeout))
        if !ended {
            kill(-identifier, SIGKILL)
            _ = waitForEnd(until: Date(timeIntervalSinceNow: 10))
        }
        return withState {
            Output(status: $0.status ?? -1, outputBytes: $0.output, errorBytes: $0.errors, timedOut: !ended)
        }
    }

    private func waitForEnd(until deadline: Date) -> Bool {
        changed.lock()
        defer { changed.unlock() }
        // A grandchild may hold the streams open after the command itself has ended: do not wait for it for long.
        var limit = deadline
        var ended = false
        while state.status == nil || state.openStreams > 0 {
            if state.status != nil, !ended {
                ended = true
                limit = min(limit, Date(timeIntervalSinceNow: 2))
            }
            if !changed.wait(until: limit) { break }
        }
        return state.status != nil
    }

    public func write(_ text: String) {
        let bytes = Array(text.utf8)
        guard let descriptor = withState({ $0.input }) else { return }
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
    }

    // A child that has ended must not end the tests that still write to it.
    private static let ignoreBrokenPipes: Void = { _ = Glibc.signal(SIGPIPE, SIG_IGN) }()

    public func closeInput() {
        let descriptor = withState { state in
            defer { state.input = nil }
            return state.input
        }
        if let descriptor { close(descriptor) }
    }

    /// Sends a signal to the command alone, or to its whole process group.
    public func signal(_ number: Int32, wholeGroup: Bool = false) {
        guard status == nil else { return }
        kill(wholeGroup ? -identifier : identifier, number)
    }

    /// Ends it: SIGTERM, and SIGKILL to its group after `patience`.
    @discardableResult
    public func stop(patience: TimeInterval = 10) -> Output {
        closeInput()
        signal(SIGTERM)
        return finish(timeout: patience)
    }

    /// Runs `command` to its end. Blocks the calling thread: where the test itself must go on meanwhile, see
    /// ``result(of:environment:directory:input:timeout:)``.
    @discardableResult
    public static func run(
        _ command: [String], environment: [String: String] = [:], directory: String? = nil, input: String? = nil,
        timeout: TimeInterval = 120
    ) throws -> Output {
        let child = try ChildProcess(
            command, environment: environment, directory: directory, keepsInputOpen: input != nil)
        if let input {
            child.write(input)
            child.closeInput()
        }
        return child.finish(timeout: timeout)
    }

    /// Runs `command` to its end on a thread of its own, so that tasks go on.
    public static func result(
        of command: [String], environment: [String: String] = [:], directory: String? = nil, input: String? = nil,
        timeout: TimeInterval = 120
    ) async throws -> Output {
        try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result {
                        try run(
                            command, environment: environment, directory: directory, input: input, timeout: timeout)
                    })
            }.start()
        }
    }
}
