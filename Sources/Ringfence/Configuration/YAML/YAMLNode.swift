/// A node of a YAML file, with its place. Scalars stay text: what `NO` or `1.0` means is the reader's to say.
struct YAMLNode: Sendable {
    indirect enum Content: Sendable {
        case scalar(String, isPlain: Bool)
        case sequence([YAMLNode])
        case mapping([(key: YAMLNode, value: YAMLNode)])
    }

    var content: Content
    var place: FilePlace

    /// Nothing after the colon, `~` or `null`.
    var isAbsent: Bool {
        guard case .scalar(let text, isPlain: true) = content else { return false }
        return ["", "~", "null", "Null", "NULL"].contains(text)
    }

    /// What it is, for a message.
    var kind: String {
        if isAbsent { return "nothing" }
        return switch content {
        case .scalar(let text, _): "\"\(text.count > 40 ? text.prefix(40) + "…" : text[...])\""
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

/// Where something stands in a file.
struct FilePlace: Sendable, Hashable {
    var file: String
    /// From 1.
    var line: Int
    /// From 1, in Unicode scalars.
    var column: Int

    func error(_ message: String, _ remedy: String? = nil) -> Diagnostic {
        Diagnostic(file: file, line: line, column: column, severity: .error, message: message, remedy: remedy)
    }

    func warning(_ message: String, _ remedy: String? = nil) -> Diagnostic {
        Diagnostic(file: file, line: line, column: column, severity: .warning, message: message, remedy: remedy)
    }
}
