extension TypedResidual {
    /// The attributes that exist wherever this is true, `resource.a` where it is `resource has a && …`: each as the
    /// node that reads it.
    public var presentWhenTrue: Set<TypedResidual> {
        switch kind {
        case .and(let operands): operands.reduce(into: []) { $0.formUnion($1.presentWhenTrue) }
        case .or(let operands):
            operands.dropFirst().reduce(operands.first?.presentWhenTrue ?? []) { $0.intersection($1.presentWhenTrue) }
        case .has(let operand, let path) where path.count <= Self.pathMax: Set(operand.reads(path))
        case .binary(.hasTag, let entity, let key): [TypedResidual(.binary(.getTag, entity, key), nil, nil)]
        default: []
        }
    }

    /// The nodes that read `path`, one for each name; types and certainty are left out, so compare ``presence``.
    private func reads(_ path: [CedarString]) -> [TypedResidual] {
        var result: [TypedResidual] = []
        var node = presence
        for name in path {
            node = TypedResidual(.attribute(node, name, isCertain: false), nil, nil)
            result.append(node)
        }
        return result
    }

    /// The node by which ``presentWhenTrue`` names what this one reads.
    public var presence: TypedResidual {
        switch kind {
        case .attribute(let operand, let name, _):
            TypedResidual(.attribute(operand.presence, name, isCertain: false), nil, nil)
        case .binary(.getTag, let entity, let key): TypedResidual(.binary(.getTag, entity, key), nil, nil)
        default: self
        }
    }

    /// Whether evaluation may fail for some values of the unknowns. True where that is not certain.
    ///
    /// - Parameter present: What is known to exist, from guards before it.
    public func canFail(_ present: Set<TypedResidual> = []) -> Bool {
        func anyFails(_ operands: [TypedResidual]) -> Bool { operands.contains { $0.canFail(present) } }
        switch kind {
        case .value, .variable: return false
        case .error, .negate: return true
        case .and(let operands):
            var present = present
            for operand in operands {
                if operand.canFail(present) || !operand.isBoolean { return true }
                present.formUnion(operand.presentWhenTrue)
            }
            return false
        case .or(let operands): return anyFails(operands) || !operands.allSatisfy(\.isBoolean)
        case .not(let operand): return operand.canFail(present) || !operand.isBoolean
        case .if(let condition, let then, let otherwise):
            return condition.canFail(present) || !condition.isBoolean
                || then.canFail(present.union(condition.presentWhenTrue)) || otherwise.canFail(present)
        case .isEmpty(let operand): return operand.canFail(present) || !operand.isSet
        case .like(let operand, _): return operand.canFail(present) || operand.type != .string
        case .is(let operand, _): return operand.canFail(present) || !operand.isEntity
        case .has(let operand, let path):
            return operand.canFail(present) || path.count > 1 || !(operand.isEntity || operand.isRecord)
        case .attribute(let operand, _, let isCertain):
            return operand.canFail(present) || !(isCertain || present.contains(presence))
        case .set(let elements): return anyFails(elements)
        case .record(let fields): return anyFails(Array(fields.values))
        case .call(let function, let arguments): return anyFails(arguments) || !function.isTotal(on: arguments)
        case .binary(let operation, let left, let right):
            return anyFails([left, right]) || !isTotal(operation, left, right, present)
        }
    }

    private func isTotal(
        _ operation: BinaryOperator, _ left: TypedResidual, _ right: TypedResidual, _ present: Set<TypedResidual>
    ) -> Bool {
        switch operation {
        case .equal, .notEqual: true
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            left.type == right.type && [.long, .datetime, .duration].contains(left.type)
        case .in:
            if case .set(.entity) = right.type { left.isEntity } else { left.isEntity && right.isEntity }
        case .contains: left.isSet
        case .containsAll, .containsAny: left.isSet && right.isSet
        case .hasTag: left.isEntity && right.type == .string
        case .getTag: present.contains(presence)
        case .add, .subtract, .multiply: false
        }
    }

    private var isEntity: Bool { if case .entity = type { true } else { false } }
    private var isRecord: Bool { if case .record = type { true } else { false } }
    private var isSet: Bool {
        if case .set = type { return true }
        if case .value(.set) = kind { return true }
        return false
    }
}

extension ExtensionFunction {
    /// Whether it has a result for all values of its arguments' types.
    fileprivate func isTotal(on arguments: [TypedResidual]) -> Bool {
        func areAll(_ type: SchemaType) -> Bool {
            arguments.count == argumentCount && arguments.allSatisfy { $0.type == type }
        }
        return switch self {
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: areAll(.decimal)
        case .isIpv4, .isIpv6, .isLoopback, .isMulticast, .isInRange: areAll(.ipaddr)
        case .toTime: areAll(.datetime)
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: areAll(.duration)
        case .decimal, .ip, .datetime, .duration, .offset, .durationSince, .toDate: false
        }
    }

    var resultType: SchemaType {
        switch self {
        case .decimal: .decimal
        case .ip: .ipaddr
        case .datetime, .offset, .toDate: .datetime
        case .duration, .durationSince, .toTime: .duration
        case .toMilliseconds, .toSeconds, .toMinutes, .toHours, .toDays: .long
        case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .isIpv4, .isIpv6, .isLoopback,
            .isMulticast, .isInRange:
            .bool
        }
    }
}
