/// Where `directory.yaml` says what; principals by name, their parts beside it.
struct DirectoryPlaces: Sendable {
    enum Part: Sendable, Hashable {
        case team(ExactText)
        case principal(ExactText)
        case principalTeam(ExactText, team: ExactText)
    }

    var file: String
    var parts: [Part: FilePlace] = [:]

    subscript(part: Part) -> FilePlace { parts[part] ?? FilePlace(file: file, line: 1, column: 1) }
}
