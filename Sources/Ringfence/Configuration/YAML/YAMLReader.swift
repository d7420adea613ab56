/// Collects what is wrong while a file is read to its end.
final class ProblemCollector {
    private(set) var problems: [Diagnostic] = []

    func report(_ problem: Diagnostic) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    var hasErrors: Bool { problems.contains { $0.severity == .error } }
}

/// A mapping of a file as it is read: each key once, and those nobody asked for are errors.
struct YAMLFields {
    let place: FilePlace
    private let members: [ExactText: YAMLNode]
    private let places: [(name: String, place: FilePlace)]
    private let collector: ProblemCollector

    /// Nil, and reported, if the node is no mapping.
    ///
    /// - Parameters:
    ///   - what: What the mapping is, as in "a table", for messages.
    ///   - known: The keys it may have; nil where keys are names.
    init?(_ node: YAMLNode, what: String, known: [String]?, _ collector: ProblemCollector) {
        guard case .mapping(let pairs) = node.content else {
            collector.report(node.place.error("\(what) is a mapping of keys and values, not \(node.kind)"))
            return nil
        }
        var members: [ExactText: YAMLNode] = [:]
        var places: [(name: String, place: FilePlace)] = []
        for (key, value) in pairs {
            guard case .scalar(let name, _) = key.content, !name.isEmpty else {
                collector.report(key.place.error("a key of \(what) is a name, not \(key.kind)"))
                continue
            }
            if let known, !known.containsExactly(name) {
                let meant = nearest(to: name, among: known)
                collector.report(
                    key.place.error(
                        "\(what) has no key \"\(name)\"",
                        meant.map { "Did you mean \"\($0)\"?" } ?? "It has: \(known.joined(separator: ", "))."))
                continue
            }
            if members.updateValue(value, forKey: ExactText(name)) != nil {
                collector.report(
                    key.place.error("\"\(name)\" stands more than once in one mapping", "Keep one of them."))
                continue
            }
            places.append((name, key.place))
        }
        self.place = node.place
        self.members = members
        self.places = places
        self.collector = collector
    }

    /// Every key in the file's order, with its place and value.
    var all: [(name: String, place: FilePlace, value: YAMLNode)] {
        places.compactMap { entry in members[ExactText(entry.name)].map { (entry.name, entry.place, $0) } }
    }

    /// Nil if the key is missing or has no value.
    func optional(_ key: String) -> YAMLNode? {
        guard let node = members[ExactText(key)], !node.isAbsent else { return nil }
        return node
    }

    /// Nil, and reported, if the key is missing or has no value.
    func required(_ key: String, of what: String, remedy: String? = nil) -> YAMLNode? {
        if let node = members[ExactText(key)] {
            if !node.isAbsent { return node }
            collector.report(node.place.error("\"\(key)\" of \(what) has no value", remedy))
        } else {
            collector.report(place.error("\(what) has no \"\(key)\"", remedy ?? "Add \"\(key): …\"."))
        }
        return nil
    }
}

/// The one of `names` that `name` is most likely a misspelling of, if any.
func nearest(to name: String, among names: some Sequence<String>) -> String? {
    func folded(_ text: String) -> [UInt8] { text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
    let bytes = folded(name)
    guard bytes.count <= 64 else { return nil }
    var best: (distance: Int, name: String)?
    for candidate in names where candidate.utf8.count <= 64 {
        let distance = editDistance(bytes, folded(candidate))
        let bound = max(1, min(bytes.count, candidate.utf8.count) / 3)
        guard distance <= bound else { continue }
        if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
        best = (distance, candidate)
    }
    return best?.name
}

/// Damerau and Levenshtein's, with transpositions of neighbours.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var older: [Int] = []
    var previous = Array(0...right.count)
    for (row, byte) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            var cost = min(previous[column + 1] + 1, current[column] + 1, previous[column] + (byte == other ? 0 : 1))
            if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                cost = min(cost, older[column - 1] + 1)
            }
            current.append(cost)
        }
        (older, previous) = (previous, current)
    }
    return previous[right.count]
}
