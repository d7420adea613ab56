internal import Yams

/// The one document of a YAML file.
///
/// Anchors and aliases are refused: a few lines of them expand to gigabytes, and a catalog has no use for them.
struct YAMLDocument {
    /// Longer files are refused.
    static let bytesMax = 4 << 20
    /// Deeper nesting is refused; the formats need seven levels.
    static let depthMax = 24
    /// Up to so many are parsed, to say where they stand; more could expand without bound.
    private static let anchorsMax = 4
    private static let aliasesMax = 32

    let root: YAMLNode

    /// - Parameter file: The file's name in diagnostics.
    init(parsing text: String, file: String) throws(ConfigurationProblems) {
        let start = FilePlace(file: file, line: 1, column: 1)
        func refuse(_ problem: Diagnostic) -> ConfigurationProblems { ConfigurationProblems(diagnostics: [problem]) }
        guard text.utf8.count <= Self.bytesMax else {
            throw refuse(start.error("the file is longer than \(Self.bytesMax >> 20) MiB"))
        }
        if let place = Self.placeOfTooMuch(in: text, file: file) {
            throw refuse(
                place.error("this nests too deep or uses anchors and aliases", "Write each value where it is used."))
        }
        var conversion = Conversion(file: file)
        let root: YAMLNode?
        do {
            // The parser holds the anchors that nodes refer to weakly, so it has to live until they are converted.
            let parser = try Parser(yaml: text, encoding: .utf8)
            root = try parser.singleRoot().map { conversion.node($0, depth: 0) }
            withExtendedLifetime(parser) {}
        } catch let error as YamlError {
            throw refuse(Self.diagnostic(of: error, file: file))
        } catch {
            throw refuse(start.error("not YAML: \(error)"))
        }
        guard conversion.problems.isEmpty else { throw ConfigurationProblems(diagnostics: conversion.problems) }
        guard let root, !root.isAbsent else { throw refuse(start.error("the file is empty")) }
        self.root = root
    }

    /// A cheap look ahead of the parser, which recurses and expands as it reads: the first bracket, dash, blank, anchor
    /// or alias too many. Text in quotes counts too, so the bounds are wide.
    private static func placeOfTooMuch(in text: String, file: String) -> FilePlace? {
        var (line, column, brackets, dashes, indentation, anchors, aliases) = (1, 0, 0, 0, 0, 0, 0)
        var isIndentation = true
        var previous = UInt8(ascii: "\n")
        for byte in text.utf8 {
            if byte & 0xC0 != 0x80 { column += 1 }
            if byte != UInt8(ascii: " ") { isIndentation = false }
            if isIndentation { indentation += 1 }
            let isTokenStart =
                previous <= 0x20 || previous == UInt8(ascii: "[") || previous == UInt8(ascii: "{")
                || previous == UInt8(ascii: ",")
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
            case UInt8(ascii: "&") where isTokenStart: anchors += 1
            case UInt8(ascii: "*") where isTokenStart: aliases += 1
            // `- - - x` nests in one line.
            case UInt8(ascii: "-") where isTokenStart, UInt8(ascii: "?") where isTokenStart: dashes += 1
            case UInt8(ascii: "\n"): (line, column, dashes, indentation, isIndentation) = (line + 1, 0, 0, 0, true)
            default: break
            }
            let nestsTooDeep = brackets > depthMax || dashes > 4 * depthMax || indentation > 10 * depthMax
            if nestsTooDeep || anchors > anchorsMax || aliases > aliasesMax {
                return FilePlace(file: file, line: line, column: max(column, 1))
            }
            previous = byte
        }
        return nil
    }

    private static func diagnostic(of error: YamlError, file: String) -> Diagnostic {
        func place(_ mark: Mark) -> FilePlace { FilePlace(file: file, line: mark.line, column: mark.column) }
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let while_ = context.map { " \($0.text) that begins in line \($0.mark.line)" } ?? ""
            return place(mark).error("not YAML: \(problem)\(while_)", "Check indentation, colons and quotes here.")
        case .reader(let problem, _, _, _):
            return FilePlace(file: file, line: 1, column: 1).error("not YAML: \(problem)", "Save the file as UTF-8.")
        case .duplicatedKeysInMapping(let keys, let context):
            let names = keys.sorted { ExactText($0) < ExactText($1) }.map { "\"\($0)\"" }.joined(separator: ", ")
            return place(context.mark).error(
                "\(names) \(keys.count == 1 ? "stands" : "stand") more than once in one mapping, first here",
                "Keep one of them.")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return FilePlace(file: file, line: 1, column: 1).error("not YAML: \(error)")
        }
    }
}

/// Yams' tree to ours.
private struct Conversion {
    let file: String
    var problems: [Diagnostic] = []

    init(file: String) { self.file = file }

    mutating func node(_ node: Node, depth: Int) -> YAMLNode {
        let mark = node.mark
        let place = FilePlace(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        let nothing = YAMLNode(content: .scalar("", isPlain: true), place: place)
        func report(_ message: String, _ remedy: String) {
            let problem = place.error(message, remedy)
            if !problems.contains(problem) { problems.append(problem) }
        }
        guard node.anchor == nil else {
            report("anchors and aliases are not taken", "Write each value where it is used.")
            return nothing
        }
        guard depth <= YAMLDocument.depthMax else {
            report("this nests too deep", "Look for a bracket or an indentation too many.")
            return nothing
        }
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            return YAMLNode(content: .scalar(scalar.string, isPlain: isPlain), place: place)
        case .sequence(let sequence):
            return YAMLNode(content: .sequence(sequence.map { self.node($0, depth: depth + 1) }), place: place)
        case .mapping(let mapping):
            let members = mapping.map {
                (key: self.node($0.key, depth: depth + 1), value: self.node($0.value, depth: depth + 1))
            }
            return YAMLNode(content: .mapping(members), place: place)
        case .alias:
            report("anchors and aliases are not taken", "Write each value where it is used.")
            return nothing
        }
    }
}
