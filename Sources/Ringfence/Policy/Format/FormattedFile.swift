public import Cedar
internal import Glibc

/// A policy file as it is, and as Cedar's formatter writes it.
public struct FormattedFile: Sendable {
    /// As it was named; `standard input` for `-`.
    public let name: String
    public let formatted: String
    /// Whether it is already as it should be, to the byte.
    public let isFormatted: Bool
    private let path: String

    /// - Parameter path: `-` for standard input.
    /// - Throws: Why it cannot be read, or what in it is not Cedar.
    public init(reading path: String, by formatter: PolicyFormatter) throws(ConfigurationProblems) {
        let isInput = path == "-"
        self.path = isInput ? "/dev/stdin" : path
        name = isInput ? "standard input" : path
        let text = try TextFile(reading: self.path).text()
        do throws(PolicyParseError) {
            formatted = try formatter.format(text, fileName: name)
        } catch {
            throw ConfigurationProblems(diagnostics: error.diagnostics.map(Diagnostic.init))
        }
        isFormatted = formatted.isExactly(text)
    }

    /// Writes the formatted text in the file's place: whoever reads the file meanwhile finds the old text or the new,
    /// never a part, and a full disk leaves the old one.
    ///
    /// A symbolic link stays, what it leads to is replaced; the file keeps its permissions.
    public func replace() throws(ConfigurationProblems) {
        guard !isFormatted else { return }
        guard let resolved = realpath(path, nil) else { throw refusal("cannot be found") }
        defer { free(resolved) }
        let target = String(cString: resolved)
        var status = stat()
        guard stat(target, &status) == 0 else { throw refusal("cannot be found") }
        let beside = "\(target).\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        let descriptor = open(beside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw refusal("its folder cannot be written to") }
        let problem = write(to: descriptor, mode: status.st_mode & 0o7777)
        close(descriptor)
        if let problem {
            unlink(beside)
            throw problem
        }
        guard rename(beside, target) == 0 else {
            let problem = refusal("cannot be replaced")
            unlink(beside)
            throw problem
        }
    }

    private func write(to descriptor: Int32, mode: mode_t) -> ConfigurationProblems? {
        var rest = Array(formatted.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR { return refusal("cannot be written") }
            rest = rest.dropFirst(max(count, 0))
        }
        guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { return refusal("cannot be written") }
        return nil
    }

    private func refusal(_ what: String) -> ConfigurationProblems {
        let cause = String(cString: strerror(errno))
        return ConfigurationProblems(diagnostics: [
            Diagnostic(
                file: name, line: 0, column: 0, severity: .error, message: "\(what): \(cause)",
                remedy: "The file is as it was.")
        ])
    }
}
