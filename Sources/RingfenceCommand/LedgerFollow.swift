import ArgumentParser
import Distribution
import Evidence
import Logging
import Ringfence
import TransparencyLog

extension Ledger {
    struct Follow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Watch a ledger: verify each new checkpoint against the last, and check each new entry.",
            discussion: """
                Prints a line for each finding, for each alarm when it begins, and when it is over. A ledger that \
                shrinks or shows another history is an alarm, and both checkpoints are kept. What was verified is kept \
                in the state directory, so that a restart does not begin anew and a history that was shown once is \
                never forgotten. With --once it looks once, and exits with 1 if anything is wrong.
                """)

        @Argument(help: "The ledger's directory, a published copy, or a URL of one.") var ledger: LedgerPlace
        @OptionGroup var logKey: LogKeyOption
        @OptionGroup var reading: LedgerPlace.Options
        @Option(help: "A file that says which witnesses are a quorum (C2SP tlog-policy).") var policy: String?
        @Option(help: "A directory in which to keep what was verified, evidence, and messages to the webhook.")
        var state: String?
        @Option(help: "How often to look.") var every: WitnessOptions.Age = .init(seconds: 10)
        @Option(help: "How old what the checkpoint shows may be.") var staleAfter: WitnessOptions.Age = .init(
            seconds: 60)
        @Option(help: "How long a running gateway may write nothing.")
        var heartbeatWithin: WitnessOptions.Age = .init(seconds: 30)
        @Option(help: "Where to send each line as JSON (Standard Webhooks), signed.") var webhook: String?
        @Option(help: "The file with the webhook's secret, whsec_….") var webhookSecretFile: String?
        @Flag(help: "Look once.") var once = false
        @Flag(help: "Print JSON, one object to a line.") var json = false

        func validate() throws {
            guard (webhook == nil) == (webhookSecretFile == nil) else {
                throw ValidationError("--webhook and --webhook-secret-file go together: messages are signed")
            }
            guard webhook == nil || state != nil else {
                throw ValidationError("--webhook needs --state: messages are kept there until they are taken")
            }
        }

        func run() async throws {
            try await reportingFailure {
                LoggingSystem.bootstrap(StreamLogHandler.standardError)
                let key = try logKey.keys()
                let policy = try WitnessOptions.policy(self.policy)
                let state = try state.map { try FollowState($0) }
                let post = try webhook.map { try WebhookPost($0, secretFile: webhookSecretFile, state: state) }
                var limits = FollowedLedger.Limits()
                limits.staleAfter = .seconds(staleAfter.seconds)
                limits.heartbeatWithin = .seconds(heartbeatWithin.seconds)
                var follower = LedgerFollower(
                    ledger, reading, key: key, state: state, post: post,
                    followed: FollowedLedger(
                        try state?.memory(of: key) ?? FollowMemory(), limits: limits, policy: policy, log: key),
                    printsJSON: json)
                if once {
                    let isAlarming = try await follower.look()
                    try await post?.deliverAll()
                    if isAlarming { throw ExitCode(Failure.Kind.found.rawValue) }
                } else {
                    let stop = StopSignal()
                    let every = Duration.seconds(every.seconds)
                    let courier = Task { await post?.run() }
                    defer { courier.cancel() }
                    let looks = Task { [follower] in
                        var follower = follower
                        while !Task.isCancelled {
                            _ = try await follower.look()
                            try? await Task.sleep(for: every)
                        }
                    }
                    let failed = Task {
                        defer { stop.request() }
                        try await looks.value
                    }
                    await stop.wait()
                    looks.cancel()
                    try await failed.value
                }
            }
        }
    }
}
