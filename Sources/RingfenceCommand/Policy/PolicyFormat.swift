import ArgumentParser
import Cedar
import Ringfence

struct PolicyFormat: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "format",
        abstract: "Write policies the way Cedar's own formatter does, to the byte.",
        discussion: """
            Without --check and --write the formatted text goes to standard output. A text that is not Cedar is never \
            changed: its mistakes are reported with file, line and column. Exit codes: 0 all is formatted; 1 a file would \
            change (--check) or is not Cedar; 2 a file cannot be written.
            """)

    @Flag(help: "Change nothing, name the files that would change, and exit with 1 if there are any.") var check = false
    @Flag(help: "Replace each file that changes, at once: nobody reads half of it.") var write = false
    @Option(help: "Columns that a line should not exceed.") var lineWidth = 80
    @Option(help: "Columns of one level of indentation.") var indentWidth = 2
    @Argument(help: "Policy files; - is standard input, which is also read if there are none.") var files: [String] = []

    func validate() throws {
        if check, write { throw ValidationError("--check changes nothing and --write does: give one of them.") }
        if write, files.isEmpty || files.contains("-") {
            throw ValidationError("--write needs files: standard input cannot be replaced.")
        }
        guard (1...10_000).contains(lineWidth), (0...100).contains(indentWidth) else {
            throw ValidationError("a line has 1 to 10000 columns, a level of indentation 0 to 100.")
        }
    }

    func run() async throws {
        try await reportingFailure {
            let formatter = PolicyFormatter(lineWidth: lineWidth, indentWidth: indentWidth)
            var status: Int32 = 0
            for file in files.isEmpty ? ["-"] : files {
                do throws(ConfigurationProblems) {
                    let formatted = try FormattedFile(reading: file, by: formatter)
                    if check {
                        guard !formatted.isFormatted else { continue }
                        print(formatted.name)
                        status = max(status, Failure.Kind.found.rawValue)
                    } else if write {
                        guard try replace(formatted) else {
                            status = Failure.Kind.unable.rawValue
                            continue
                        }
                    } else {
                        print(formatted.formatted, terminator: "")
                    }
                } catch {
                    writeToStandardError("\(error)")
                    status = max(status, Failure.Kind.found.rawValue)
                }
            }
            if status != 0 { throw ExitCode(status) }
        }
    }

    /// Whether it could be.
    private func replace(_ file: FormattedFile) throws(ConfigurationProblems) -> Bool {
        guard !file.isFormatted else { return true }
        do throws(ConfigurationProblems) {
            try file.replace()
        } catch {
            writeToStandardError("\(error)")
            return false
        }
        print(file.name)
        return true
    }
}
