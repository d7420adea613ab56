internal import Cedar

/// Columns and constants.
extension ResidualTranslation {
    mutating func operand(_ residual: TypedResidual, present: Set<TypedResidual>) -> Operand {
        if isOpaque(residual), let type = residual.type { return Operand(sql: .null, type: type, mayBeNull: true) }
        switch residual.kind {
        case .value(let value): return constant(residual, value, residual.type)
        case .error: return Operand(sql: .null, type: residual.type ?? .bool, mayBeNull: true)
        case .variable(.resource):
            return Operand(
                sql: SQLExpression(.column(table.id)), type: .entity(resourceType), mayBeNull: false)
        case .variable(let variable):
            return rejectOperand(
                residual, variable.rawValue, "the \(variable.rawValue) is not known", "ask with a whole request")
        case .attribute: return attribute(residual, present: present)
        case .if(let test, let then, let otherwise):
            return conditional(residual, test, then, otherwise, present: present)
        case .call(let function, let arguments):
            guard let divisor = function.millisecondsPerUnit, let duration = arguments.first else {
                return residual.type == .bool
                    ? truth(residual, present: present) : unsupported(residual, function)
            }
            let operand = self.operand(duration, present: present)
            return Operand(
                sql: divisor == 1 ? operand.sql : SQLExpression(.quotient(operand.sql, divisor)), type: .long,
                mayBeNull: operand.mayBeNull)
        case .binary(.add, _, _), .binary(.subtract, _, _), .binary(.multiply, _, _), .negate:
            return rejectOperand(
                residual, "arithmetic", "a number of the row can overflow, which PostgreSQL reports as an error",
                "compare the attribute with a number, or map a column that has the result")
        case .binary(.getTag, _, _):
            return rejectOperand(residual, "getTag", "tags are not mapped", "make the tag an attribute")
        case .record:
            return rejectOperand(
                residual, "record", "a record with values of the row has no counterpart in SQL",
                "compare its fields one by one")
        case .set:
            return rejectOperand(
                residual, "set", "a set with values of the row among its elements has no counterpart in SQL",
                "write one comparison for each element, joined by `||`")
        case .and, .or, .not, .binary, .isEmpty, .like, .is, .has: return truth(residual, present: present)
        }
    }

    private mutating func truth(_ residual: TypedResidual, present: Set<TypedResidual>) -> Operand {
        let condition = condition(residual, need: .exact, present: present)
        return Operand(sql: condition.sql, type: .bool, mayBeNull: condition.mayBeNull)
    }

    private mutating func unsupported(_ residual: TypedResidual, _ function: ExtensionFunction) -> Operand {
        function.isConstructor
            ? rejectOperand(
                residual, function.rawValue,
                "a text of the row need not be \(function.rawValue == "ip" ? "an" : "a")"
                    + " \(function == .ip ? "ipaddr" : function.rawValue)",
                "give the attribute that type in the schema and the mapping")
            : rejectOperand(
                residual, function.rawValue, "a time of the row can go out of range by it",
                "compare the attribute with a time, or map a column that has the result")
    }

    private mutating func conditional(
        _ residual: TypedResidual, _ test: TypedResidual, _ then: TypedResidual, _ otherwise: TypedResidual,
        present: Set<TypedResidual>
    ) -> Operand {
        let condition = condition(test, need: .exact, present: present)
        let first = operand(then, present: present.union(test.presentWhenTrue))
        let second = operand(otherwise, present: present)
        guard first.type == second.type || then.error != nil || otherwise.error != nil else {
            return rejectOperand(
                residual, "if", "its branches are of different types", "validate the policies strictly")
        }
        return Operand(
            sql: condition.mayBeNull
                ? SQLExpression(.choice(condition.sql, true: first.sql, false: second.sql))
                : .when(condition.sql, then: first.sql, else: second.sql),
            type: then.error != nil ? second.type : first.type,
            mayBeNull: condition.mayBeNull || first.mayBeNull || second.mayBeNull)
    }

    // MARK: Columns

    private mutating func attribute(_ residual: TypedResidual, present: Set<TypedResidual>) -> Operand {
        guard let path = residual.resourcePath else {
            return rejectOperand(
                residual, "attribute", "it is read of something that the row decides",
                "read attributes of `resource` only")
        }
        if case .record = residual.type {
            return rejectOperand(
                residual, "record", "records are not compared in SQL", "compare its fields one by one")
        }
        guard let type = residual.type, let column = column(path, of: residual) else {
            return Operand(sql: .null, type: residual.type ?? .bool, mayBeNull: true)
        }
        guard column.type.holds(type), column.type != .record else {
            return rejectOperand(
                residual, "attribute", "a column of type \(column.type) is not its value",
                "map it to a column of its type")
        }
        return Operand(
            sql: column.value, type: type, mayBeNull: column.isNullable && residual.canFail(present))
    }

    /// The column of a path, or a rejection.
    mutating func column(_ path: [CedarString], of residual: TypedResidual) -> ColumnMapping? {
        if let column = table.attributes[path] { return column }
        let name = path.map(\.text).joined(separator: ".")
        reject(
            residual, "attribute", "the mapping of \(resourceType) has nothing for \(name)",
            path.count > 1 ? "declare a join: map \"\(name)\"" : "map \"\(name)\"")
        return nil
    }

    // MARK: Constants

    private mutating func constant(_ residual: TypedResidual, _ value: Value, _ type: SchemaType?) -> Operand {
        let result: SQLValue
        switch value {
        case .set(let elements): return set(residual, elements, type)
        case .record:
            return rejectOperand(residual, "record", "records are not compared in SQL", "compare its fields one by one")
        default:
            guard let scalar = SQLValue(value) else {
                return rejectOperand(residual, "constant", "it has no counterpart in SQL", "leave it out")
            }
            result = scalar
        }
        guard let type = type ?? nil else {
            return rejectOperand(residual, "constant", "its type is not known", "validate the policies strictly")
        }
        return operand(residual, result, value, type)
    }

    private mutating func operand(
        _ residual: TypedResidual, _ constant: SQLValue, _ value: Value, _ type: SchemaType
    ) -> Operand {
        guard constant.isRepresentable else {
            return rejectOperand(
                residual, "constant", "it has a NUL, which no text in PostgreSQL can have", "leave the NUL out")
        }
        return Operand(sql: .value(constant), type: type, mayBeNull: false, value: value)
    }

    /// Its elements are all of the type's, or it is rejected.
    private mutating func set(_ residual: TypedResidual, _ elements: ValueSet, _ type: SchemaType?) -> Operand {
        guard !elements.isEmpty else {
            var elementType = SchemaType.string
            if case .set(let inner) = type { elementType = inner }
            let sqlType = SQLValue.ElementType(elementType) ?? .text
            return operand(residual, .array([], of: sqlType), .set(elements), .set(elementType))
        }
        guard case .set(let elementType) = type, let sqlType = SQLValue.ElementType(elementType) else {
            return rejectOperand(
                residual, "set", "its elements are of several types, or sets or records",
                "write one comparison for each element, joined by `||`")
        }
        return operand(
            residual, .array(elements.compactMap(SQLValue.init), of: sqlType), .set(elements), .set(elementType))
    }
}

extension SQLValue {
    /// Nil for sets and records. Of an entity only the identifier is left.
    init?(_ value: Value) {
        switch value {
        case .bool(let value): self = .boolean(value)
        case .long(let value): self = .bigint(value)
        case .string(let value): self = .text(value)
        case .entity(let uid): self = .text(uid.id)
        case .decimal(let value): self = .numeric(value)
        case .address(let value): self = .inet(value)
        case .datetime(let value): self = .bigint(value.millisecondsSince1970)
        case .duration(let value): self = .bigint(value.milliseconds)
        case .set, .record: return nil
        }
    }
}

extension SQLValue.ElementType {
    /// - Note: A moment is compared as milliseconds that are `numeric`.
    init?(_ type: SchemaType) {
        switch type {
        case .bool: self = .boolean
        case .long, .duration: self = .bigint
        case .string, .entity: self = .text
        case .decimal, .datetime: self = .numeric
        case .ipaddr: self = .inet
        case .set, .record: return nil
        }
    }
}

extension ExtensionFunction {
    fileprivate var millisecondsPerUnit: Int64? {
        switch self {
        case .toMilliseconds: 1
        case .toSeconds: 1000
        case .toMinutes: 60_000
        case .toHours: 3_600_000
        case .toDays: 86_400_000
        default: nil
        }
    }
}
