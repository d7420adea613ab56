public import Foundation

/// A page of the documentation: its fenced blocks, in order.
public struct MarkdownPage: Sendable {
    public struct Block: Sendable, CustomStringConvertible {
        /// What stands after the fence, such as `cedar`.
        public let language: String
        public let text: String
        /// Of the first line of the text, from 1.
        public let line: Int
        /// The heading it stands under, of any level.
        public let section: String

        public var description: String { "line \(line) (\(language))" }
    }

    public let name: String
    public let blocks: [Block]

    public init(contentsOf url: URL) throws {
        name = url.lastPathComponent
        var blocks: [Block] = []
        var open: (language: String, line: Int, lines: [String])?
        var section = ""
        let text = try String(contentsOf: url, encoding: .utf8)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init).enumerated()
        {
            if line.hasPrefix("```") {
                if let block = open {
                    blocks.append(
                        Block(
                            language: block.language, text: block.lines.map { $0 + "\n" }.joined(), line: block.line,
                            section: section))
                    open = nil
                } else {
                    open = (String(line.dropFirst(3)), index + 2, [])
                }
            } else if open != nil {
                open?.lines.append(line)
            } else if line.hasPrefix("#") {
                section = line
            }
        }
        self.blocks = blocks
    }
}

/// A `console` block: what somebody types after `$ `, and what they then see.
public struct ConsoleTranscript: Sendable {
    public struct Step: Sendable {
        public let command: String
        /// Line by line; `…` alone stands for any number of lines.
        public let expected: [String]
    }

    public let steps: [Step]

    public init(_ text: String) {
        var steps: [Step] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            if line.hasPrefix("$ ") {
                steps.append(Step(command: String(line.dropFirst(2)), expected: []))
            } else if let last = steps.popLast() {
                steps.append(Step(command: last.command, expected: last.expected + [String(line)]))
            }
        }
        self.steps = steps
    }

    /// Runs all commands in one shell and says, step by step, what was seen.
    public func run(in folder: String, path: String) throws -> [[String]] {
        let mark = "\u{1}"
        // `$?` is what the command before left, not the mark.
        let script = steps.map { "printf '\(mark)'\n(exit ${status:-0})\n\($0.command)\nstatus=$?\n" }.joined()
        let output = try ChildProcess.run(
            ["bash", "-c", "exec 2>&1\n\(script)"],
            environment: ["PATH": "\(path):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"], directory: folder)
        return output.output.components(separatedBy: mark).dropFirst().map { seen in
            var lines = seen.components(separatedBy: "\n")
            if lines.last == "" { lines.removeLast() }
            return lines.map { $0.replacing(/[ ]+$/, with: "") }
        }
    }
}

extension ConsoleTranscript.Step {
    public func agrees(with seen: [String]) -> Bool { Self.agree(expected[...], seen[...]) }

    private static func agree(_ expected: ArraySlice<String>, _ seen: ArraySlice<String>) -> Bool {
        guard let first = expected.first else { return seen.isEmpty }
        if first == "…" {
            return (seen.startIndex...seen.endIndex).contains { agree(expected.dropFirst(), seen[$0...]) }
        }
        guard first == seen.first else { return false }
        return agree(expected.dropFirst(), seen.dropFirst())
    }
}
