internal import Cedar

/// Turns what is left of one policy into SQL.
///
/// An expression is NULL exactly where Cedar fails. What may fail is therefore never an operand of a plain `AND` or
/// `OR` whose other side could absorb the NULL, save where the condition as a whole comes out the same.
struct ResidualTranslation {
    /// What the surroundings look at. Elsewhere `FALSE` and NULL, or `TRUE` and NULL, are the same to them, which
    /// saves a `CASE` at most operators.
    enum Need {
        case exact, onlyTrue, onlyFalse

        var negated: Need {
            switch self {
            case .exact: .exact
            case .onlyTrue: .onlyFalse
            case .onlyFalse: .onlyTrue
            }
        }
    }

    /// A truth value in SQL.
    struct Condition {
        var sql: SQLExpression
        var mayBeNull: Bool

        init(_ sql: SQLExpression, mayBeNull: Bool) {
            self.sql = sql
            self.mayBeNull = mayBeNull
        }

        static func constant(_ value: Bool) -> Condition { Condition(value ? .true : .false, mayBeNull: false) }
    }

    /// A value of another type in SQL.
    struct Operand {
        var sql: SQLExpression
        var type: SchemaType
        var mayBeNull: Bool
        /// Whether it is the same in all rows.
        var value: Value?
    }

    static let nodesMax = 10_000
    static let rejectionsMax = 50

    let policy: PolicyID
    let policySpan: SourceSpan?
    let schema: Schema
    let resourceType: EntityTypeName
    let table: TableMapping
    let entities: Entities
    /// The types whose entities are rows: what these belong to is known only of those among ``entities``.
    let rowTypes: Set<EntityTypeName>
    /// Otherwise what principal and context decide stands for itself: it is only asked whether all else can be said.
    let isRequestKnown: Bool
    /// The attribute that the row is, where it is not the whole resource.
    let rowAttribute: CedarString?
    private(set) var rejections: [Rejection] = []
    private var nodeCount = 0

    init(
        policy: PolicyID, span: SourceSpan?, schema: Schema, resourceType: EntityTypeName, table: TableMapping,
        entities: Entities, rowTypes: Set<EntityTypeName> = [], isRequestKnown: Bool = true,
        rowAttribute: CedarString? = nil
    ) {
        self.policy = policy
        policySpan = span
        self.schema = schema
        self.resourceType = resourceType
        self.table = table
        self.entities = entities
        self.rowTypes = rowTypes
        self.isRequestKnown = isRequestKnown
        self.rowAttribute = rowAttribute
    }

    /// - Parameter present: The attributes that a guard before has shown to exist.
    mutating func condition(
        _ residual: TypedResidual, need: Need, present: Set<TypedResidual> = []
    ) -> Condition {
        nodeCount += 1
        guard nodeCount <= Self.nodesMax else {
            return reject(residual, "size", "there is too much of it", "split the policy into several")
        }
        let result = translated(residual, need: need, present: present)
        guard result.sql.height <= SQLExpression.heightMax else {
            return reject(residual, "nesting", "its SQL nests too deeply", "split the policy into several")
        }
        return result
    }

    private mutating func translated(
        _ residual: TypedResidual, need: Need, present: Set<TypedResidual>
    ) -> Condition {
        if isOpaque(residual) { return Condition(.null, mayBeNull: true) }
        switch residual.kind {
        case .value(.bool(let value)): return .constant(value)
        case .error:
            switch need {
            case .exact: return Condition(.null, mayBeNull: true)
            case .onlyTrue: return .constant(false)
            case .onlyFalse: return .constant(true)
            }
        case .not(let operand):
            let operand = condition(operand, need: need.negated, present: present)
            return Condition(operand.sql.negated, mayBeNull: operand.mayBeNull)
        case .and(let operands): return conjunction(operands[...], need: need, present: present)
        case .or(let operands): return disjunction(operands[...], need: need, present: present)
        case .if(let test, let then, let otherwise):
            let test = (residual: test, condition: condition(test, need: .exact, present: present))
            let first = condition(then, need: need, present: present.union(test.residual.presentWhenTrue))
            let second = condition(otherwise, need: need, present: present)
            return choice(test.condition, first, second)
        case .has(let operand, let path): return has(residual, operand, path, need: need, present: present)
        case .attribute where residual.type == .bool:
            let operand = self.operand(residual, present: present)
            return Condition(operand.sql, mayBeNull: operand.mayBeNull)
        case .binary(let operation, let left, let right):
            return binary(residual, operation, left, right, need: need, present: present)
        case .isEmpty(let set):
            let set = operand(set, present: present)
            return Condition(
                SQLExpression(
                    .comparison(.equal, SQLExpression(.function("cardinality", [set.sql])), .value(.bigint(0)))),
                mayBeNull: set.mayBeNull)
        case .like(let text, let pattern): return like(operand(text, present: present), pattern, need: need)
        case .is(let entity, let type):
            let entity = operand(entity, present: present)
            return constant(entity.type == .entity(type), unlessNull: [entity], need: need)
        case .call(let function, let arguments):
            return call(residual, function, arguments.map { operand($0, present: present) })
        case .value, .variable, .attribute, .negate, .set, .record:
            return reject(residual, "operand", "it is no truth value", "validate the policies strictly")
        }
    }

    // MARK: Logic

    private mutating func conjunction(
        _ operands: ArraySlice<TypedResidual>, need: Need, present: Set<TypedResidual>
    ) -> Condition {
        var present = present
        var conditions: [Condition] = []
        for (position, operand) in operands.enumerated() {
            // Where only TRUE counts, NULL and FALSE of each operand come to the same. Where only FALSE counts, they
            // do of the last one, all others having been TRUE.
            let isLast = position == operands.count - 1
            guard nodeCount <= Self.nodesMax else { break }
            conditions.append(
                condition(operand, need: need == .onlyTrue || isLast ? need : .exact, present: present))
            present.formUnion(operand.presentWhenTrue)
        }
        let mayBeNull = conditions.contains(where: \.mayBeNull)
        guard need != .onlyTrue, conditions.dropLast().contains(where: \.mayBeNull) else {
            return Condition(.all(conditions.map(\.sql)), mayBeNull: mayBeNull)
        }
        return stepwise(conditions, SQLExpression.all) { $0.choose($1, .false) }
    }

    private mutating func disjunction(
        _ operands: ArraySlice<TypedResidual>, need: Need, present: Set<TypedResidual>
    ) -> Condition {
        var conditions: [Condition] = []
        for (position, operand) in operands.enumerated() {
            let isLast = position == operands.count - 1
            guard nodeCount <= Self.nodesMax else { break }
            conditions.append(
                condition(operand, need: need == .onlyFalse || isLast ? need : .exact, present: present))
        }
        let mayBeNull = conditions.contains(where: \.mayBeNull)
        guard need != .onlyFalse, conditions.dropLast().contains(where: \.mayBeNull) else {
            return Condition(.any(conditions.map(\.sql)), mayBeNull: mayBeNull)
        }
        return stepwise(conditions, SQLExpression.any) { $0.choose(.true, $1) }
    }

    /// - Parameter choose: The condition, and what counts if it does not decide; NULL where the condition is.
    private func stepwise(
        _ conditions: [Condition], _ join: ([SQLExpression]) -> SQLExpression,
        _ choose: (SQLExpression, SQLExpression) -> SQLExpression
    ) -> Condition {
        var rest: [SQLExpression] = []
        for (position, condition) in conditions.enumerated().reversed() {
            guard condition.mayBeNull, position < conditions.count - 1 else {
                rest.append(condition.sql)
                continue
            }
            rest = [choose(condition.sql, join(rest.reversed()))]
        }
        return Condition(join(rest.reversed()), mayBeNull: true)
    }

    private func choice(_ test: Condition, _ first: Condition, _ second: Condition) -> Condition {
        let mayBeNull = test.mayBeNull || first.mayBeNull || second.mayBeNull
        guard !test.mayBeNull, test.sql.constant == nil, first.sql != second.sql else {
            return Condition(test.sql.choose(first.sql, second.sql), mayBeNull: mayBeNull)
        }
        switch (first.sql.constant, second.sql.constant) {
        case (true, _): return Condition(.any([test.sql, second.sql]), mayBeNull: mayBeNull)
        case (_, false): return Condition(.all([test.sql, first.sql]), mayBeNull: mayBeNull)
        default:
            return Condition(.when(test.sql, then: first.sql, else: second.sql), mayBeNull: mayBeNull)
        }
    }

    /// A constant where none of the operands is NULL.
    func constant(_ value: Bool, unlessNull operands: [Operand], need: Need) -> Condition {
        let nullable = operands.filter(\.mayBeNull)
        guard !nullable.isEmpty, need == .exact || (need == .onlyTrue) == value else { return .constant(value) }
        let test = SQLExpression.all(nullable.map { SQLExpression(.test($0.sql, .notNull)) })
        return Condition(.when(test, then: value ? .true : .false), mayBeNull: true)
    }

    // MARK: Rejections

    /// - Returns: What hides the row, should anything be made of it in spite of the rejection.
    @discardableResult
    mutating func reject(
        _ residual: TypedResidual, _ construct: String, _ reason: String, _ remedy: String
    ) -> Condition {
        if rejections.count < Self.rejectionsMax {
            let rejection = Rejection(
                policy: policy, span: residual.span ?? policySpan, construct: construct, reason: reason,
                remedy: remedy)
            if !rejections.contains(rejection) { rejections.append(rejection) }
        }
        return Condition(.null, mayBeNull: true)
    }

    mutating func rejectOperand(
        _ residual: TypedResidual, _ construct: String, _ reason: String, _ remedy: String
    ) -> Operand {
        reject(residual, construct, reason, remedy)
        return Operand(sql: .null, type: residual.type ?? .bool, mayBeNull: true)
    }
}
