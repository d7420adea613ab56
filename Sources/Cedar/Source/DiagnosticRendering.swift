extension CedarDiagnostic {
    public enum Severity: String, Sendable, Hashable { case error, warning, note }

    /// As a compiler shows it: place and message, the line with the place marked under it, the remedy.
    ///
    /// - Parameter text: What was parsed. Of another text, only place and message are shown.
    public func rendered(in text: String, as severity: Severity = .error) -> String {
        rendered(inBytes: Array(text.utf8), as: severity)
    }

    func rendered(inBytes bytes: [UInt8], as severity: Severity) -> String {
        var result = "\(span): \(severity.rawValue): \(message)\n"
        if let excerpt = SourceExcerpt(bytes, span) {
            let number = String(span.line)
            result += "\(number) | \(excerpt.line)\n"
            result += "\(String(repeating: " ", count: number.utf8.count)) | \(excerpt.marks)\n"
        }
        if let help { result += "  help: \(help)\n" }
        return result
    }
}

extension PolicyParseError {
    /// All diagnostics as a compiler shows them, and how many they are.
    ///
    /// - Parameter text: What was parsed.
    public func rendered(in text: String) -> String {
        let bytes = Array(text.utf8)
        let shown = diagnostics.map { $0.rendered(inBytes: bytes, as: .error) }.joined(separator: "\n")
        return shown + "\n\(diagnostics.count) error\(diagnostics.count == 1 ? "" : "s")\n"
    }
}

/// The line of a span and the marks under it. Of a long line, what is around the span.
private struct SourceExcerpt {
    /// Bytes shown before the span and from its beginning on.
    private static let bytesBeforeMax = 100
    private static let bytesAfterMax = 80

    private(set) var line = ""
    private(set) var marks = ""

    init?(_ bytes: [UInt8], _ span: SourceSpan) {
        guard span.startOffset >= 0, span.startOffset <= bytes.count, span.startOffset <= span.endOffset else {
            return nil
        }
        var start = span.startOffset
        while start > 0, !Self.isLineEnd(bytes[start - 1]), span.startOffset - start < Self.bytesBeforeMax {
            start -= 1
        }
        while start > 0, start < span.startOffset, bytes[start] & 0xC0 == 0x80 { start += 1 }
        var end = span.startOffset
        while end < bytes.count, !Self.isLineEnd(bytes[end]), end - span.startOffset < Self.bytesAfterMax { end += 1 }
        while end < bytes.count, bytes[end] & 0xC0 == 0x80 { end += 1 }

        if start > 0, !Self.isLineEnd(bytes[start - 1]) { append("…", mark: " ") }
        append(bytes[start..<span.startOffset], mark: " ")
        let spanEnd = min(max(span.endOffset, span.startOffset), end)
        let before = marks.unicodeScalars.count
        append(bytes[span.startOffset..<spanEnd], mark: "~")
        append(bytes[spanEnd..<end], mark: nil)
        if end < bytes.count, !Self.isLineEnd(bytes[end]) { append("…", mark: nil) }
        var scalars = Array(marks.unicodeScalars)
        if before < scalars.count { scalars[before] = "^" } else { scalars.append("^") }
        marks = String(String.UnicodeScalarView(scalars))
    }

    private static func isLineEnd(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }

    private mutating func append(_ bytes: ArraySlice<UInt8>, mark: Unicode.Scalar?) {
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars { append(scalar, mark: mark) }
    }

    private mutating func append(_ scalar: Unicode.Scalar, mark: Unicode.Scalar?) {
        // What a terminal would obey, and what turns the order of letters around, is shown as a stand-in.
        let isShown: Bool
        switch scalar.properties.generalCategory {
        case .control: isShown = scalar == "\t"
        case .format, .lineSeparator, .paragraphSeparator: isShown = false
        default: isShown = true
        }
        line.unicodeScalars.append(isShown ? scalar : "\u{FFFD}")
        guard let mark else { return }
        let width = isShown ? DisplayWidth.of(scalar) : 1
        // A tab under a tab keeps the columns whatever its width.
        marks += scalar == "\t" && mark == " " ? "\t" : String(repeating: String(Character(mark)), count: width)
    }
}
