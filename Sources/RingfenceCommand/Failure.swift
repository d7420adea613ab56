import ArgumentParser
import Glibc
import Ringfence

/// Why a command could not do its work, or what it found: one line for a person, and how to go on.
struct Failure: Error, CustomStringConvertible {
    enum Kind: Int32 {
        case found = 1
        case unable = 2
    }

    var kind = Kind.unable
    var message: String
    var remedy: String?

    var description: String { remedy.map { "\(message)\n  \($0)" } ?? message }
}

/// Runs a command's work; whatever it throws becomes a line on standard error and an exit code.
func reportingFailure(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let failure as Failure {
        writeToStandardError("ringfence: \(failure)")
        throw ExitCode(failure.kind.rawValue)
    } catch let code as ExitCode {
        throw code
    } catch let error as ValidationError {
        throw error
    } catch {
        writeToStandardError("ringfence: \(error)")
        throw ExitCode(Failure.Kind.unable.rawValue)
    }
}

/// Messages quote files, databases and gateways: what those hold must not steer the terminal.
func writeToStandardError(_ line: String) { write(TerminalText.lines(line), to: STDERR_FILENO) }

/// At once: `print` keeps lines back until there are many, unless a terminal reads them.
func writeToStandardOutput(_ line: String) { write(line, to: STDOUT_FILENO) }

private func write(_ line: String, to descriptor: Int32) {
    var rest = Array((line + "\n").utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno != EINTR { return }
        rest = rest.dropFirst(max(count, 0))
    }
}
