/// A text that is no schema: at least one diagnostic, in the order of the text.
public struct SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    public var diagnostics: [CedarDiagnostic]

    public init(diagnostics: [CedarDiagnostic]) { self.diagnostics = diagnostics }

    public var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
