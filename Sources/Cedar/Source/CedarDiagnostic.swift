/// What is wrong with a text, where, and what to do about it.
public struct CedarDiagnostic: Error, Sendable, Hashable, CustomStringConvertible {
    /// A sentence without a full stop, in lower case.
    public var message: String
    public var span: SourceSpan
    /// The remedy, if one is known.
    public var help: String?

    public init(message: String, span: SourceSpan, help: String? = nil) {
        self.message = message
        self.span = span
        self.help = help
    }

    public var description: String {
        let line = "\(span): \(message)"
        guard let help else { return line }
        return "\(line) (\(help))"
    }
}

/// A policy text is not Cedar: at least one diagnostic, one for each policy that could not be read, in order.
public struct PolicyParseError: Error, Sendable, Hashable, CustomStringConvertible {
    public var diagnostics: [CedarDiagnostic]

    public init(diagnostics: [CedarDiagnostic]) { self.diagnostics = diagnostics }

    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}

/// Entities or a context that cannot be taken.
public struct EntitiesError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    /// The entity that it is about, if it is about one.
    public var entity: EntityUID?
    public var help: String?

    public init(message: String, entity: EntityUID? = nil, help: String? = nil) {
        self.message = message
        self.entity = entity
        self.help = help
    }

    public var description: String { message + (help.map { " (\($0))" } ?? "") }
}
