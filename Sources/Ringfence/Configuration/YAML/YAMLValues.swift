/// Reads single values; whatever is not what it should be is reported, and nil.
struct YAMLValues {
    let collector: ProblemCollector

    /// - Parameter what: What the value is, as in "the name of a store".
    func text(_ node: YAMLNode, _ what: String) -> String? {
        guard case .scalar(let text, _) = node.content, !node.isAbsent, !text.isEmpty else {
            collector.report(node.place.error("\(what) is a text, not \(node.kind)"))
            return nil
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            collector.report(node.place.error("\(what) holds a control character"))
            return nil
        }
        return text
    }

    func text(_ node: YAMLNode?, _ what: String) -> String? { node.flatMap { text($0, what) } }

    func flag(_ node: YAMLNode, _ what: String) -> Bool? {
        switch node.content {
        case .scalar("true", isPlain: true): return true
        case .scalar("false", isPlain: true): return false
        default:
            collector.report(node.place.error("\(what) is true or false, not \(node.kind)"))
            return nil
        }
    }

    func integer(_ node: YAMLNode, _ what: String, in range: ClosedRange<Int>) -> Int? {
        if case .scalar(let text, _) = node.content, let number = Self.digits(text[...]), range.contains(number) {
            return number
        }
        collector.report(
            node.place.error("\(what) is a number from \(range.lowerBound) to \(range.upperBound), not \(node.kind)"))
        return nil
    }

    /// A duration such as `500ms`, `10s`, `5min`, `1h`, `2d`; more than nothing and at most 366 days.
    func retention(_ node: YAMLNode, _ what: String) -> RetentionPeriod? {
        guard let text = text(node, what) else { return nil }
        if let period = RetentionPeriod(parsing: text) { return period }
        collector.report(
            node.place.error("\(what): \"\(text)\" is no period", "Write it as 90 days, 18 months or 10 years."))
        return nil
    }

    func duration(_ node: YAMLNode, _ what: String) -> Duration? {
        let units: [(String, Int)] = [("ms", 1), ("min", 60_000), ("s", 1000), ("h", 3_600_000), ("d", 86_400_000)]
        if let milliseconds = quantity(node, units), (1...366 * 86_400_000).contains(milliseconds) {
            return .milliseconds(milliseconds)
        }
        collector.report(
            node.place.error("\(what) is a duration, not \(node.kind)", "Write it as 500ms, 10s, 5min, 1h or 2d."))
        return nil
    }

    /// A size in bytes such as `512KiB`, `4MiB`, `1GiB`; at least one byte and at most 1 TiB.
    func size(_ node: YAMLNode, _ what: String) -> Int? {
        let units: [(String, Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("B", 1)]
        if let bytes = quantity(node, units), (1...1 << 40).contains(bytes) { return bytes }
        collector.report(node.place.error("\(what) is a size, not \(node.kind)", "Write it as 512KiB, 4MiB or 1GiB."))
        return nil
    }

    func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, _ what: String, _: Choice.Type
    ) -> Choice? {
        guard let text = text(node, what) else { return nil }
        let names = Choice.allCases.map(\.rawValue)
        if names.containsExactly(text), let choice = Choice(rawValue: text) { return choice }
        let meant = nearest(to: text, among: names).map { "Did you mean \"\($0)\"?" }
        collector.report(
            node.place.error("\(what) cannot be \"\(text)\"", meant ?? "It is one of \(names.joined(separator: ", ")).")
        )
        return nil
    }

    func jurisdiction(_ node: YAMLNode, _ what: String) -> Jurisdiction? {
        guard let text = text(node, what) else { return nil }
        if let jurisdiction = Jurisdiction(code: text) { return jurisdiction }
        let upper = String(decoding: text.utf8.map { (0x61...0x7A).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
        let meant = Jurisdiction(code: upper).map { "Write it as \($0)." }
        collector.report(
            node.place.error(
                "\(what) is an ISO 3166-1 code of two letters, not \"\(text)\"",
                meant ?? "The United States are US, Germany is DE."))
        return nil
    }

    func jurisdiction(_ node: YAMLNode?, _ what: String) -> Jurisdiction? { node.flatMap { jurisdiction($0, what) } }

    /// Each element that can be read; those that cannot are reported.
    func list<Element>(_ node: YAMLNode, _ what: String, _ element: (YAMLNode) -> Element?) -> [Element]? {
        guard case .sequence(let nodes) = node.content else {
            collector.report(node.place.error("\(what) is a list, not \(node.kind)", "Write it as [a, b]."))
            return nil
        }
        return nodes.compactMap(element)
    }

    private func quantity(_ node: YAMLNode, _ units: [(String, Int)]) -> Int? {
        guard case .scalar(let text, _) = node.content else { return nil }
        for (unit, factor) in units where text.utf8.count > unit.utf8.count && text.hasSuffix(unit) {
            guard let number = Self.digits(text.dropLast(unit.count)) else { continue }
            let (product, overflow) = number.multipliedReportingOverflow(by: factor)
            return overflow ? nil : product
        }
        return nil
    }

    /// Digits only: `Int("+1")` would succeed.
    private static func digits(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(text)
    }
}
