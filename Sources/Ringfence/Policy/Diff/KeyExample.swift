/// Whether any key satisfies a predicate, decided rather than tried out. Of a question to the row it is only known that
/// it is true or false.
///
/// Lists and patterns of keys are regular languages, so what is made of them is one too: the states of an automaton
/// are followed until one accepts, and the way there is a key, or until there are no more.
enum KeyExample: Hashable {
    /// The shortest one, or one of them.
    case key(String)
    case none
    /// There are more states than will be looked at.
    case unknown
}

extension KeyPredicate {
    /// Predicates that people write have dozens of states.
    private static let statesMax = 20_000
    /// Of more questions to the row not all answers are tried.
    private static let rowTestsMax = 8

    /// A key for which it is true.
    var example: KeyExample {
        switch self {
        case .always: return .key("")
        case .never: return .none
        case .isOneOf(let keys): return keys.first.map(KeyExample.key) ?? .none
        case .row: return .key("")
        case .isLike, .not, .and, .or: break
        }
        let tests = rowTests.sorted { $0.text < $1.text }
        if let test = tests.first {
            guard tests.count <= Self.rowTestsMax else { return .unknown }
            let examples = [true, false].map { assuming([test: $0]).example }
            return examples.first { if case .key = $0 { true } else { false } }
                ?? (examples.contains(.unknown) ? .unknown : .none)
        }
        var automaton = KeyAutomaton()
        let condition = automaton.condition(self)
        let start = automaton.start()
        var ways: [KeyAutomaton.State: [Unicode.Scalar]] = [start: []]
        var open: [KeyAutomaton.State] = [start]
        var next = 0
        while next < open.count {
            let state = open[next]
            next += 1
            let way = ways[state] ?? []
            if automaton.accepts(state, condition) {
                return .key(String(String.UnicodeScalarView(way)))
            }
            for scalar in automaton.scalarsThatMatter(in: state) {
                let reached = automaton.step(state, scalar)
                guard ways[reached] == nil else { continue }
                guard ways.count < Self.statesMax else { return .unknown }
                ways[reached] = way + [scalar]
                open.append(reached)
            }
        }
        return .none
    }
}

/// All lists and patterns of a predicate side by side, reading one key.
private struct KeyAutomaton {
    /// For each pattern the places that have been reached in it: pairs of pattern and place, sorted.
    typealias State = [Place]

    struct Place: Hashable, Comparable {
        var pattern: Int
        var offset: Int

        static func < (left: Place, right: Place) -> Bool {
            (left.pattern, left.offset) < (right.pattern, right.offset)
        }
    }

    private enum Part {
        case scalar(Unicode.Scalar)
        case wildcard
    }

    indirect enum Condition {
        case known(Bool)
        /// One of these patterns has been read to its end.
        case matched(Range<Int>)
        case not(Condition)
        case and(Condition, Condition)
        case or(Condition, Condition)
    }

    private var patterns: [[Part]] = []
    private var literals: Set<Unicode.Scalar> = []
    /// A scalar of no pattern, one that can be read if possible; never NUL, which no text of PostgreSQL has.
    private var other: Unicode.Scalar = "?"

    mutating func condition(_ predicate: KeyPredicate) -> Condition {
        switch predicate {
        case .always: return .known(true)
        case .never: return .known(false)
        case .isOneOf(let keys):
            let first = patterns.count
            for key in keys { add(key.unicodeScalars.map(Part.scalar)) }
            return .matched(first..<patterns.count)
        case .isLike(let pattern):
            add(
                pattern.flatMap { part -> [Part] in
                    switch part {
                    case .wildcard: [.wildcard]
                    case .literal(let text): text.unicodeScalars.map(Part.scalar)
                    }
                })
            return .matched(patterns.count - 1..<patterns.count)
        // All are answered by then.
        case .row: return .known(false)
        case .not(let inner): return .not(condition(inner))
        case .and(let left, let right): return .and(condition(left), condition(right))
        case .or(let left, let right): return .or(condition(left), condition(right))
        }
    }

    private mutating func add(_ pattern: [Part]) {
        patterns.append(pattern)
        for case .scalar(let scalar) in pattern { literals.insert(scalar) }
    }

    /// Once all patterns are there.
    mutating func start() -> State {
        let candidates = Array(UInt32(0x61)...0x7A) + Array(0x4E00...0x4E00 + UInt32(clamping: literals.count))
        other = candidates.lazy.compactMap(Unicode.Scalar.init).first { !literals.contains($0) } ?? "\u{10FFFF}"
        return closed(Set(patterns.indices.map { Place(pattern: $0, offset: 0) }))
    }

    func step(_ state: State, _ scalar: Unicode.Scalar) -> State {
        var reached: Set<Place> = []
        for place in state where place.offset < patterns[place.pattern].count {
            switch patterns[place.pattern][place.offset] {
            case .wildcard: reached.insert(place)
            case .scalar(scalar): reached.insert(Place(pattern: place.pattern, offset: place.offset + 1))
            case .scalar: continue
            }
        }
        return closed(reached)
    }

    /// A wildcard may stand for nothing.
    private func closed(_ places: Set<Place>) -> State {
        var all = places
        var open = Array(places)
        while let place = open.popLast() {
            guard place.offset < patterns[place.pattern].count,
                case .wildcard = patterns[place.pattern][place.offset]
            else { continue }
            let after = Place(pattern: place.pattern, offset: place.offset + 1)
            if all.insert(after).inserted { open.append(after) }
        }
        return all.sorted()
    }

    /// Those that some pattern waits for, and one that stands for all others.
    func scalarsThatMatter(in state: State) -> [Unicode.Scalar] {
        var scalars: Set<Unicode.Scalar> = []
        for place in state where place.offset < patterns[place.pattern].count {
            if case .scalar(let scalar) = patterns[place.pattern][place.offset] { scalars.insert(scalar) }
        }
        return scalars.sorted() + [other]
    }

    func accepts(_ state: State, _ condition: Condition) -> Bool {
        switch condition {
        case .known(let value): value
        case .matched(let range):
            state.contains { range.contains($0.pattern) && $0.offset == patterns[$0.pattern].count }
        case .not(let inner): !accepts(state, inner)
        case .and(let left, let right): accepts(state, left) && accepts(state, right)
        case .or(let left, let right): accepts(state, left) || accepts(state, right)
        }
    }
}
