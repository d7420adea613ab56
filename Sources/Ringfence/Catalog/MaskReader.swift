/// Reads `mask: email`, `mask: { coarse: 0.1 }` or `mask: { constant: "-" }`.
struct MaskReader {
    let values: YAMLValues

    private static let words: [(String, Mask)] = [
        ("null", .null), ("email", .email), ("last4", .last4), ("year", .year), ("pseudonym", .pseudonym),
    ]

    func mask(_ node: YAMLNode) -> Mask? {
        switch node.content {
        case .scalar(let text, _):
            if let word = Self.words.first(where: { $0.0.isExactly(text) }) { return word.1 }
            let names = Self.words.map(\.0) + ["coarse", "constant"]
            let remedy =
                ["coarse", "constant"].containsExactly(text)
                ? "Write mask: { \(text): … }."
                : nearest(to: text, among: names).map { "Did you mean \"\($0)\"?" }
                    ?? "It is one of \(names.joined(separator: ", "))."
            values.collector.report(node.place.error("there is no mask \"\(text)\"", remedy))
            return nil
        case .mapping(let members):
            guard let fields = YAMLFields(node, what: "a mask", known: ["coarse", "constant"], values.collector) else {
                return nil
            }
            guard members.count == 1 else {
                if members.isEmpty || fields.all.count > 1 {
                    values.collector.report(
                        node.place.error("a mask is one thing", "Write { coarse: 0.1 } or { constant: \"-\" }."))
                }
                return nil
            }
            if let node = fields.optional("coarse") { return coarse(node) }
            guard let (_, place, node) = fields.all.first else { return nil }
            guard case .scalar(let text, let isPlain) = node.content, !(isPlain && node.isAbsent), !text.contains("\0")
            else {
                values.collector.report(place.error("a constant mask is a text", "Write { constant: \"-\" }."))
                return nil
            }
            return .constant(text)
        case .sequence:
            values.collector.report(node.place.error("a mask is a word or a mapping, not a list"))
            return nil
        }
    }

    /// A positive decimal, kept as it is written.
    private func coarse(_ node: YAMLNode) -> Mask? {
        if case .scalar(let text, _) = node.content {
            let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            let isDecimal =
                (1...2).contains(parts.count) && text.utf8.count <= 30
                && parts.allSatisfy { !$0.isEmpty && $0.allSatisfy { (0x30...0x39).contains($0) } }
            if isDecimal, text.utf8.contains(where: { (0x31...0x39).contains($0) }) { return .coarse(step: text) }
        }
        values.collector.report(
            node.place.error("coarse is a positive number, not \(node.kind)", "Write it as 1, 100 or 0.1."))
        return nil
    }
}
