import ArgumentParser
import Enclosure
import Ringfence

struct Enclose: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Compile policy into the database: print the SQL, run it, or compare it with what stands there.",
        usage: """
            ringfence enclose --plan [--config <config>]
                   ringfence enclose --apply [--anew] [--config <config>]
                   ringfence enclose --verify [--config <config>]
                   ringfence enclose --bootstrap [--config <config>]
            """,
        discussion: """
            --verify exits with 1 if the database drifted from what policy says, or if something that Ringfence's own \
            role cannot close leaves a way round it.
            """)

    enum Mode: String, EnumerableFlag {
        case plan, apply, verify, bootstrap

        static func help(for value: Mode) -> ArgumentHelp? {
            switch value {
            case .plan: "Print the SQL of every profile, run nothing."
            case .apply: "Compile the profiles that are missing and drop those that nobody has any more."
            case .verify: "Report drift and exposures."
            case .bootstrap: "Print what a database administrator runs once for Ringfence's own role."
            }
        }
    }

    @OptionGroup var configuration: ConfigurationOption
    @Flag var mode: Mode
    @Flag(help: "With --apply: compile every profile anew, the remedy for drift.") var anew = false

    func run() async throws {
        try await reportingFailure {
            let inputs = try configuration.load()
            if mode == .bootstrap {
                let store = inputs.configuration.store
                return print(
                    BootstrapSQL.statements(role: store.adminUser, database: store.database, schemas: inputs.schemas))
            }
            let enclosure = try inputs.configuration.enclosure()
            let live = try enclosure.readLiveSchema(inputs.schemas)
            let profiles = try profiles(inputs, live: live)
            switch mode {
            case .plan:
                for profile in profiles {
                    print("-- \(profile.names.role): \(try principals(of: profile, inputs, live: live))")
                    for statement in try profile.statements() { print(statement + ";") }
                    print()
                }
            case .apply:
                if anew { try enclosure.recompile(profiles) }
                let compiled = try anew ? profiles.map(\.names.role) : enclosure.apply(profiles)
                let dropped = try enclosure.collectGarbage(keeping: Set(profiles.map(\.names.role)))
                print("\(counted(profiles.count, "profile")): \(compiled.count) compiled, \(dropped.count) dropped.")
            case .verify:
                let findings = try enclosure.verify(profiles)
                for finding in findings { print(TerminalText.lines("\(finding)")) }
                let drifts = findings.count { $0.kind == .drift }
                print(
                    "\(counted(profiles.count, "profile")): \(counted(drifts, "drift")), "
                        + "\(counted(findings.count - drifts, "exposure")).")
                if !findings.isEmpty { throw ExitCode(Failure.Kind.found.rawValue) }
            case .bootstrap: break
            }
        }
    }

    /// One for each distinct profile of the directory's principals.
    private func profiles(_ inputs: RingfenceInputs, live: LiveSchema) throws -> [EnclosureCompiler] {
        let compiler = try ProfileCompiler(inputs, live: live)
        var byRole: [String: EnclosureCompiler] = [:]
        for principal in inputs.principals {
            let decided = try compiler.profile(for: principal)
            guard !decided.profile.tables.isEmpty else { continue }
            let profile = EnclosureCompiler(
                decided.profile, digest: decided.digest, catalog: inputs.catalog, live: live)
            byRole[profile.names.role] = profile
        }
        return byRole.sorted { $0.key < $1.key }.map(\.value)
    }

    private func principals(of profile: EnclosureCompiler, _ inputs: RingfenceInputs, live: LiveSchema) throws -> String
    {
        let compiler = try ProfileCompiler(inputs, live: live)
        return try inputs.principals.filter { try compiler.profile(for: $0).digest.short == profile.names.short }
            .map(\.name).joined(separator: ", ")
    }
}
