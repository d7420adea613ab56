/// What is wrong in a file of the configuration, where, and what to do about it.
public struct Diagnostic: Sendable, Hashable {
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// Nothing starts with it.
        case error
        /// Safe, since what is unknown is protected, but hardly what was meant.
        case warning
    }

    /// As the operator named it.
    public var file: String
    /// From 1; 0 if the problem is with the file as a whole.
    public var line: Int
    /// From 1, in Unicode scalars; 0 if the problem is with the whole line or file.
    public var column: Int
    public var severity: Severity
    /// One line, without a full stop.
    public var message: String
    /// What to do, if that can be said.
    public var remedy: String?

    public init(
        file: String, line: Int, column: Int, severity: Severity, message: String, remedy: String? = nil
    ) {
        self.file = file
        self.line = line
        self.column = column
        self.severity = severity
        self.message = message
        self.remedy = remedy
    }
}

extension Diagnostic: CustomStringConvertible {
    /// `catalog.yaml:12:9: error: …` as compilers write it, the remedy on a line of its own.
    public var description: String {
        var place = file
        if line > 0 { place += ":\(line)" }
        if line > 0, column > 0 { place += ":\(column)" }
        let first = "\(place): \(severity.rawValue): \(message)"
        return remedy.map { "\(first)\n  \($0)" } ?? first
    }
}

extension Diagnostic: Comparable {
    /// By place; at one place errors come first.
    public static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        if !left.file.isExactly(right.file) { return ExactText(left.file) < ExactText(right.file) }
        if left.line != right.line { return left.line < right.line }
        if left.column != right.column { return left.column < right.column }
        if left.severity != right.severity { return left.severity == .error }
        return ExactText(left.message) < ExactText(right.message)
    }
}

/// Why files of the configuration cannot be taken: every problem that was found, in order of place.
public struct ConfigurationProblems: Error, Sendable, Hashable, CustomStringConvertible {
    public var diagnostics: [Diagnostic]

    public init(diagnostics: [Diagnostic]) { self.diagnostics = diagnostics.sorted() }

    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

extension String {
    /// Equality of bytes: `==` takes canonically equivalent names for the same.
    func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension Sequence<String> {
    func containsExactly(_ name: String) -> Bool { contains { $0.isExactly(name) } }
}
