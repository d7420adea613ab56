/// Writes policy texts the way Cedar's own formatter does, to the byte.
///
/// Only blanks, trailing commas, leading zeros and empty lines change: tokens keep their order, and every comment stays
/// with the token it stood at. Time is linear in the length of the text.
public struct PolicyFormatter: Sendable, Hashable {
    /// Columns that a line should not exceed. A longer string or name still gets its line.
    public var lineWidth: Int
    /// Columns of one level of indentation.
    public var indentWidth: Int

    /// Negative widths count as zero.
    public init(lineWidth: Int = 80, indentWidth: Int = 2) {
        self.lineWidth = max(0, lineWidth)
        self.indentWidth = max(0, indentWidth)
    }

    /// The text formatted, with a line feed at its end.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: What is wrong with a text that is not Cedar; such a text is never changed.
    public func format(_ text: String, fileName: String) throws(PolicyParseError) -> String {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        _ = try PolicyParser.policies(in: source)
        var layout = PolicyLayout(source, indentWidth: indentWidth)
        var output: [UInt8] = []
        output.reserveCapacity(source.bytes.count + source.bytes.count / 4)
        while let document = layout.nextPolicy() {
            if !output.isEmpty { output += [0x0A, 0x0A] }
            var renderer = LayoutRenderer(source, lineWidth: lineWidth)
            renderer.render(document)
            output += renderer.finish()
        }
        output.append(0x0A)
        for comment in layout.remainingComments {
            output += source.bytes[Int(comment.start)..<Int(comment.end)]
            output.append(0x0A)
        }
        return String(decoding: output, as: UTF8.self)
    }
}
