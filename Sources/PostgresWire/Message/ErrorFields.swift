package import NIOCore

/// The fields of an ErrorResponse or NoticeResponse (protocol, "Error and Notice Message Fields"), in their order.
package struct ErrorFields: Equatable {
    package enum Field: UInt8 {
        case severity = 0x53  // S
        case severityUnlocalized = 0x56  // V
        case sqlState = 0x43  // C
        case message = 0x4D  // M
        case detail = 0x44  // D
        case hint = 0x48  // H
        case position = 0x50  // P
        case context = 0x57  // W
        case schema = 0x73  // s
        case table = 0x74  // t
        case routine = 0x52  // R

        /// Those in which the name of a schema may stand.
        package static let naming: [Field] = [.message, .detail, .hint, .context, .schema, .table]
    }

    private var fields: [(type: UInt8, text: String)] = []

    package init(_ fields: [(Field, String)]) {
        self.fields = fields.map { ($0.0.rawValue, $0.1) }
    }

    /// Nil if the body is not well-formed.
    package init?(body: ByteBuffer) {
        var body = body
        while let type: UInt8 = body.readInteger() {
            if type == 0 { return }
            guard let text = body.readNullTerminatedSlice() else { return nil }
            fields.append((type, String(buffer: text)))
        }
        return nil
    }

    package subscript(field: Field) -> String? {
        get { fields.first { $0.type == field.rawValue }?.text }
        set {
            let index = fields.firstIndex { $0.type == field.rawValue }
            switch (index, newValue) {
            case (let index?, let text?): fields[index].text = text
            case (let index?, nil): fields.remove(at: index)
            case (nil, let text?): fields.append((field.rawValue, text))
            case (nil, nil): break
            }
        }
    }

    /// Whether PostgreSQL ends the session with it. The localized severity serves servers before 9.6.
    package var severityIsFatal: Bool {
        let severity = self[.severityUnlocalized] ?? self[.severity]
        return severity == "FATAL" || severity == "PANIC"
    }

    /// Whether PostgreSQL's rewriter refuses to write through a view, which it does before it looks at rights. Told by
    /// the routine: texts are in the server's language.
    package var isRefusedByView: Bool {
        let isRewriters = self[.routine] == "rewriteTargetView" || self[.routine] == "error_view_not_updatable"
        return isRewriters && (self[.sqlState] == "0A000" || self[.sqlState] == "55000")
    }

    /// The relation that "permission denied for table users" and its likes name.
    package var refusedTable: String? {
        if let table = self[.table] { return table }
        guard let message = self[.message] else { return nil }
        for kind in [
            "for table ", "for view ", "for relation ", "for materialized view ", "of relation ", "of view ",
            "update view ", "insert into view ", "delete from view ",
        ] {
            guard let range = message.range(after: kind) else { continue }
            return message[range].filter { $0 != "\"" }
        }
        return nil
    }

    package func message(_ type: Unicode.Scalar) -> ByteBuffer {
        .message(type, capacity: 256) { buffer in
            for field in fields {
                buffer.writeInteger(field.type)
                buffer.writeString(field.text)
                buffer.writeInteger(UInt8(0))
            }
            buffer.writeInteger(UInt8(0))
        }
    }

    package static func == (left: ErrorFields, right: ErrorFields) -> Bool {
        left.fields.elementsEqual(right.fields) { $0.type == $1.type && $0.text.utf8.elementsEqual($1.text.utf8) }
    }
}

extension String {
    /// What follows the last occurrence of `words`.
    fileprivate func range(after words: String) -> Range<String.Index>? {
        var start = startIndex
        var found: Range<String.Index>?
        while start < endIndex {
            if self[start...].hasPrefix(words) { found = index(start, offsetBy: words.count)..<endIndex }
            start = index(after: start)
        }
        return found
    }
}
