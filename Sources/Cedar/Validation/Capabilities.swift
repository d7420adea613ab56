/// That an attribute or tag is there, as a test before has shown.
struct Capability: Hashable {
    enum Kind: Hashable {
        case attribute, tag
    }

    let kind: Kind
    /// The shapes of what has it and of its name.
    let owner: Int
    let name: Int
}

/// The capabilities in force at a place of a condition. Some are added twice, and must be removed twice.
struct CapabilityScope {
    private var counts: [Capability: Int] = [:]

    func contains(_ capability: Capability) -> Bool { counts[capability] != nil }

    mutating func enter(_ capabilities: Set<Capability>) {
        for capability in capabilities { counts[capability, default: 0] += 1 }
    }

    mutating func leave(_ capabilities: Set<Capability>) {
        for capability in capabilities {
            let count = (counts[capability] ?? 1) - 1
            counts[capability] = count > 0 ? count : nil
        }
    }
}

/// Numbers expressions so that two have the same number if they are the same wherever they stand.
///
/// Comparing trees at each test would take time in the product of their sizes.
struct ExpressionShapes {
    private enum Shape: Hashable {
        case literal(Value)
        case variable(Variable)
        case apply(String, [Int])
        case attribute(Int, CedarString)
        case like(Int, Pattern)
        case `is`(Int, EntityTypeName)
        case record([CedarString], [Int])
    }

    private var numbers: [Shape: Int] = [:]

    private mutating func number(_ shape: Shape) -> Int {
        if let number = numbers[shape] { return number }
        numbers[shape] = numbers.count
        return numbers.count - 1
    }

    mutating func number(ofText text: CedarString) -> Int { number(.literal(.string(text))) }

    mutating func number(ofAttribute name: CedarString, of owner: Int) -> Int { number(.attribute(owner, name)) }

    /// What only abbreviates something else has its number: `a > b` that of `!(a <= b)`.
    mutating func number(of expression: Expression) -> Int {
        switch expression.kind {
        case .literal(let value): return number(.literal(value))
        case .variable(let variable): return number(.variable(variable))
        case .not(let operand): return apply("!", number(of: operand))
        case .negate(let operand): return apply("-", number(of: operand))
        case .and(let operands): return chain("&&", operands.map { number(of: $0) })
        case .or(let operands): return chain("||", operands.map { number(of: $0) })
        case .conditional(let condition, let then, let other):
            return apply("if", number(of: condition), number(of: then), number(of: other))
        case .binary(let operation, let left, let right):
            let left = number(of: left)
            let right = number(of: right)
            switch operation {
            case .notEqual: return apply("!", apply("==", left, right))
            case .greater: return apply("!", apply("<=", left, right))
            case .greaterOrEqual: return apply("!", apply("<", left, right))
            default: return apply(operation.rawValue, left, right)
            }
        case .isEmpty(let operand): return apply("isEmpty", number(of: operand))
        case .like(let operand, let pattern): return number(.like(number(of: operand), pattern))
        case .is(let operand, let type, let group):
            let operand = number(of: operand)
            let isType = number(.is(operand, type))
            guard let group else { return isType }
            return apply("&&", isType, apply("in", operand, number(of: group)))
        case .has(let operand, let path):
            var owner = number(of: operand)
            let tests = path.map { name in
                defer { owner = number(ofAttribute: name, of: owner) }
                return apply("has", owner, number(ofText: name))
            }
            return chain("&&", tests)
        case .attribute(let operand, let name): return number(ofAttribute: name, of: number(of: operand))
        case .set(let elements): return number(.apply("set", elements.map { number(of: $0) }))
        case .record(let fields):
            let sorted = fields.sorted { $0.key < $1.key }
            return number(.record(sorted.map(\.key), sorted.map { number(of: $0.value) }))
        case .call(let function, let arguments):
            return number(.apply(function.rawValue, arguments.map { number(of: $0) }))
        }
    }

    private mutating func apply(_ operation: String, _ operands: Int...) -> Int { number(.apply(operation, operands)) }

    private mutating func chain(_ operation: String, _ operands: [Int]) -> Int {
        guard let first = operands.first else { return apply(operation) }
        return operands.dropFirst().reduce(first) { number(.apply(operation, [$0, $1])) }
    }
}
