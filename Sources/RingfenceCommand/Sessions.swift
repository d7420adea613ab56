import ArgumentParser
import Gateway
import Ringfence

struct Sessions: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List and end the live sessions of a running gateway.", subcommands: [List.self, Kill.self])

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the live sessions.")
        @OptionGroup var configuration: ConfigurationOption

        func run() async throws {
            try await reportingFailure {
                let sessions = try reaching(configuration) { control throws(ControlClient.Failure) in
                    try control.sessions()
                }
                for session in sessions.sorted(by: { $0.id < $1.id }) { print(session.line) }
                if sessions.isEmpty { print("No sessions.") }
            }
        }
    }

    struct Kill: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "End a session; its client is told so.")
        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "The session's number, as `sessions list` shows it.") var session: UInt32

        func run() async throws {
            try await reportingFailure {
                try reaching(configuration) { control throws(ControlClient.Failure) in
                    try control.kill(session: session)
                }
                print("Session \(session) was ended.")
            }
        }
    }
}

private func reaching<Result>(
    _ option: ConfigurationOption, _ work: (ControlClient) throws(ControlClient.Failure) -> Result
) throws -> Result {
    let path = try option.load().configuration.gateway.controlSocket
    do throws(ControlClient.Failure) {
        return try work(ControlClient(path: path))
    } catch {
        switch error {
        case .notReachable(let path, let reason):
            throw Failure(
                message: "no gateway can be reached at \(path): \(reason).",
                remedy: "Is it running, and are you its user?")
        case .noAnswer:
            throw Failure(message: "the gateway did not answer.", remedy: "Look at its log.")
        case .refused(let reason):
            throw Failure(kind: .found, message: "the gateway refused: \(reason).")
        }
    }
}

extension LiveSession {
    /// The number first: it is what `sessions kill` takes.
    fileprivate var line: String {
        let time = EntryTime(millisecondsSince1970: since * 1000)
        return TerminalText.line(
            "\(id)  \(principal)  \(address)  since \(time)  profile \(profile)  ledger session \(pseudonym)  \(application)"
        )
    }
}
