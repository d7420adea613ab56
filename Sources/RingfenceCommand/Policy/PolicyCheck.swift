import ArgumentParser
import Cedar
import Ringfence

struct PolicyCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Parse, validate and review policies, and show each problem in its line.",
        discussion: """
            With --schema, plain Cedar policies are checked against a Cedar schema. Otherwise they are checked against \
            the catalog and directory of a configuration: its own policies, unless files are named. Templates need \
            no link here with --schema, since a program may link them.
            """)

    @Argument(help: "Files of policies, as Cedar text.") var files: [String] = []
    @Option(help: "A Cedar schema, as text or JSON.") var schema: String?
    @OptionGroup var configuration: ConfigurationOption

    func validate() throws {
        guard schema == nil || !files.isEmpty else {
            throw ValidationError("Name the files that are to be checked against the schema.")
        }
    }

    func run() async throws {
        try await reportingFailure {
            let (files, review) = try reviewer()
            var texts: [String: String] = [:]
            for file in files { texts[file] = try CedarFile.read(file) }
            let problems = PolicyProblems(files, texts, review)
            print(problems.text, terminator: "")
            if problems.hasErrors { throw ExitCode(Failure.Kind.found.rawValue) }
        }
    }

    private typealias Review = (PolicySet) -> [ReviewFinding]

    private func reviewer() throws -> (files: [String], review: Review) {
        if let schema {
            let review = PolicyReview(try CedarFile.schema(schema))
            return (files, { review.review($0) })
        }
        let settings = try configuration.configuration()
        let schema = try configuration.policySchema(settings)
        return (files.isEmpty ? settings.policyFiles : files, { schema.review($0) })
    }
}

/// What is wrong with policies, as a compiler shows it.
struct PolicyProblems {
    private var shown: [String] = []
    private var errors = 0
    private var warnings = 0
    private let texts: [String: String]
    private let policies: Int

    var hasErrors: Bool { errors > 0 }

    init(_ files: [String], _ texts: [String: String], _ review: (PolicySet) -> [ReviewFinding]) {
        self.texts = texts
        var found: [(CedarDiagnostic, CedarDiagnostic.Severity)] = []
        var sets: [PolicySet] = []
        for file in files {
            do throws(PolicyParseError) {
                sets.append(try PolicySet(parsing: texts[file] ?? "", fileName: file))
            } catch {
                found += error.diagnostics.map { ($0, .error) }
            }
        }
        // Files that can be read are reviewed, even if others cannot.
        do throws(PolicyParseError) {
            let merged = try PolicySet(merging: sets)
            policies = merged.policies.count + merged.templates.count
            found += review(merged).map { ($0.diagnostic, $0.severity) }
        } catch {
            policies = 0
            found += error.diagnostics.map { ($0, .error) }
        }
        for (diagnostic, severity) in found { show(diagnostic, severity) }
    }

    private mutating func show(_ diagnostic: CedarDiagnostic, _ severity: CedarDiagnostic.Severity) {
        shown.append(diagnostic.rendered(in: texts[diagnostic.span.file] ?? "", as: severity))
        if severity == .error { errors += 1 } else { warnings += 1 }
    }

    var text: String {
        let counts = "\(policies) policies: \(errors) errors, \(warnings) warnings.\n"
        return (shown + [counts]).joined(separator: "\n")
    }
}
