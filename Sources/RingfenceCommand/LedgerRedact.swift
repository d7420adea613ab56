import ArgumentParser
import Foundation
import Gateway
import Ringfence

extension Ledger {
    struct Redact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase the sealed details of entries, and record that.",
            discussion: """
                The running gateway does it. The entries stay, and everything that is proved of them: who of which \
                class, which tables, how many rows. What is gone for good is the detail: names, addresses, SQL. Copies \
                of the ledger's directory, backups among them, are yours to treat likewise; published copies have no \
                details.
                """)

        @OptionGroup var configuration: ConfigurationOption
        @Argument(help: "Entries: numbers such as 4711, or ranges such as 4711-4720.") var entries: [EntryRange]
        @Option(help: "Why, for auditors; who reads the ledger without their key does not see it.") var reason: String
        @Option(help: "Who decided it.") var by: String = ProcessInfo.processInfo.userName

        func run() async throws {
            try await reportingFailure {
                let all = entries.reduce(into: RangeSet<UInt64>()) { $0.formUnion(RangeSet($1.range)) }
                let index = try reachingGateway(configuration, secondsMax: 600) { control in
                    try control.redact(all, reason: reason, operator: by)
                }
                print("The details of \(counted(all.count, "entry", "entries")) are erased; entry \(index) says so.")
            }
        }
    }

    struct Retain: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erase details and prune entries that are older than ledger.retain keeps them, now.",
            discussion: """
                The running gateway does it, as it does by itself every day. Entries go by whole bundles of 256, and not \
                before they are a day older than the rule; their hashes stay, so that every proof of what is left holds.
                """)

        @OptionGroup var configuration: ConfigurationOption

        func run() async throws {
            try await reportingFailure {
                let settings = try configuration.configuration().ledger.retention
                let result = try reachingGateway(configuration, secondsMax: 3600) { try $0.retain() }
                if settings.details != nil || result.details != nil {
                    print(
                        result.details.map { "Old details are erased; entry \($0) says so." } ?? "No detail is too old."
                    )
                }
                if settings.entries != nil || result.entries != nil {
                    print(
                        result.entries.map { "Old entries are pruned; entry \($0) says so." } ?? "No entry is too old.")
                }
            }
        }
    }
}

/// `4711` or `4711-4720`, both ends included.
struct EntryRange: ExpressibleByArgument {
    let range: Range<UInt64>

    init?(argument: String) {
        let ends = argument.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last,
            last < .max
        else { return nil }
        range = first..<last + 1
    }
}
