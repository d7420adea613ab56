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
                let sessions = try reachingGateway(configuration) { control in try control.sessions() }
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
                try reachingGateway(configuration) { control in try control.kill(session: session) }
                print("Session \(session) was ended.")
            }
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
