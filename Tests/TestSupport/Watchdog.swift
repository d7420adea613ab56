import Glibc
import Synchronization

/// Runs a shell command when this process ends, however it ends.
///
/// A small shell waits at the far end of a pipe; the kernel closes our end with the process, SIGKILL included.
public final class Watchdog: Sendable {
    private let shell: SpawnedProcess
    private let pipe: Mutex<Int32?>

    public init(onDeath command: String) throws {
        // Signals meant for the tests (Ctrl-C) must not end the shell before it has cleaned up.
        let script = """
            trap '' INT TERM HUP QUIT
            if read -r word && [ "$word" = disarm ]; then exit 0; fi
            \(command)
            """
        let ends = try Pipe()
        shell = try SpawnedProcess(["/bin/sh", "-c", script], input: ends.reading, output: nil, errors: nil)
        close(ends.reading)
        pipe = Mutex(ends.writing)
    }

    deinit { disarm() }

    /// Lets the shell go without running the command.
    public func disarm() { end(saying: "disarm\n") }

    /// Runs the command now and waits for it.
    public func performNow() { end(saying: "now\n") }

    private func end(saying word: String) {
        let descriptor = pipe.withLock { pipe in
            defer { pipe = nil }
            return pipe
        }
        guard let descriptor else { return }
        _ = word.withCString { write(descriptor, $0, strlen($0)) }
        close(descriptor)
        _ = shell.wait()
    }
}

/// `text` as one word of a POSIX shell.
public func shellQuoted(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
}
