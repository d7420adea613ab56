/// Joins operands that are folded already.
extension TypedEvaluator {
    /// An operand as the rules of full evaluation take it: a value, or an unknown of the right kind.
    private func folded(_ operand: TypedResidual) -> Residual {
        switch operand.kind {
        case .value(let value): .value(value)
        case .error(let error): .error(error)
        default: .unknown(Unknown([], kind: operand.type?.kind))
        }
    }

    /// What full evaluation makes of it, or `rest` if it leaves something unknown.
    private func settled(_ result: Residual, at span: SourceSpan?, else rest: () -> TypedResidual) -> TypedResidual {
        switch result {
        case .value(let value): self.value(value, at: span)
        case .error(let error):
            TypedResidual(.error(span.map(error.located) ?? error), nil, span)
        default: rest()
        }
    }

    /// `&&` where `stop` is false, `||` where it is true.
    mutating func junction<Operand>(
        stopsAt stop: Bool, _ operands: [Operand], at span: SourceSpan?,
        _ evaluate: (inout TypedEvaluator, Operand) -> TypedResidual
    ) -> TypedResidual {
        var kept: [TypedResidual] = []
        func joined() -> TypedResidual { TypedResidual(stop ? .or(kept) : .and(kept), .bool, span) }
        for operand in operands {
            let operand = evaluate(&self, operand)
            switch operand.kind {
            case .value(.bool(let value)):
                if value != stop { continue }
                let before = TypedResidual(stop ? .or(kept) : .and(kept), .bool, span)
                if !before.canFail() { return truth(stop, at: span) }
                kept.append(operand)
                return joined()
            case .value(let value):
                let failure = error(.wrongKind(expected: [.bool], found: value.kind), at: operand.span)
                if kept.isEmpty { return failure }
                kept.append(failure)
                return joined()
            case .error:
                if kept.isEmpty { return operand }
                kept.append(operand)
                return joined()
            case .and(let inner) where !stop && inner.allSatisfy(\.isBoolean): kept += inner
            case .or(let inner) where stop && inner.allSatisfy(\.isBoolean): kept += inner
            default: kept.append(operand)
            }
        }
        guard let first = kept.first else { return truth(!stop, at: span) }
        return kept.count == 1 && first.isBoolean ? first : joined()
    }

    func not(_ operand: TypedResidual, at span: SourceSpan?) -> TypedResidual {
        settled(Folding.not(folded(operand)), at: span) {
            if case .not(let inner) = operand.kind, inner.isBoolean { return inner }
            return TypedResidual(.not(operand), .bool, span)
        }
    }

    func negate(_ operand: TypedResidual, at span: SourceSpan?) -> TypedResidual {
        settled(Folding.negate(folded(operand)), at: span) { TypedResidual(.negate(operand), .long, span) }
    }

    mutating func conditional<Branch>(
        _ condition: TypedResidual, _ then: Branch, _ otherwise: Branch, at span: SourceSpan?,
        _ evaluate: (inout TypedEvaluator, Branch) -> TypedResidual
    ) -> TypedResidual {
        switch condition.kind {
        case .value(.bool(let value)): return evaluate(&self, value ? then : otherwise)
        case .value(let value): return error(.wrongKind(expected: [.bool], found: value.kind), at: condition.span)
        case .error: return condition
        default:
            let then = evaluate(&self, then)
            let otherwise = evaluate(&self, otherwise)
            let type =
                then.error != nil
                ? otherwise.type
                : otherwise.error != nil || then.type == otherwise.type
                    ? then.type : nil
            return TypedResidual(.if(condition, then: then, else: otherwise), type, span)
        }
    }

    func isEmpty(_ operand: TypedResidual, at span: SourceSpan?) -> TypedResidual {
        settled(Folding.isEmpty(folded(operand)), at: span) { TypedResidual(.isEmpty(operand), .bool, span) }
    }

    func like(_ operand: TypedResidual, _ pattern: Pattern, at span: SourceSpan?) -> TypedResidual {
        settled(Folding.like(folded(operand), pattern), at: span) {
            TypedResidual(.like(operand, pattern), .bool, span)
        }
    }

    /// An unknown entity's type is known, so only what may fail is left.
    func isOf(_ operand: TypedResidual, _ type: EntityTypeName, at span: SourceSpan?) -> TypedResidual {
        settled(Folding.isOf(folded(operand), type), at: span) {
            if case .entity(let found) = operand.type, !operand.canFail() { return truth(found == type, at: span) }
            return TypedResidual(.is(operand, type), .bool, span)
        }
    }

    func set(_ elements: [TypedResidual], at span: SourceSpan?) -> TypedResidual {
        settled(Folding.set(elements.map(folded)), at: span) {
            let type = elements.first?.type
            let isUniform = elements.allSatisfy { $0.type == type }
            return TypedResidual(.set(elements), isUniform ? type.map(SchemaType.set) : nil, span)
        }
    }

    func record(_ fields: [(key: CedarString, value: TypedResidual)], at span: SourceSpan?) -> TypedResidual {
        settled(Folding.record(fields.map { ($0.key, folded($0.value)) }), at: span) {
            var types: [CedarString: RecordType.Attribute] = [:]
            for field in fields { types[field.key] = field.value.type.map { RecordType.Attribute($0) } }
            let isTyped = types.count == fields.count
            return TypedResidual(
                .record(Dictionary(fields.map { ($0.key, $0.value) }) { $1 }),
                isTyped ? .record(RecordType(types)) : nil, span)
        }
    }

    func call(_ function: ExtensionFunction, _ arguments: [TypedResidual], at span: SourceSpan?) -> TypedResidual {
        settled(Folding.call(function, arguments.map(folded)), at: span) {
            TypedResidual(.call(function, arguments), function.resultType, span)
        }
    }

    mutating func binary(
        _ operation: BinaryOperator, _ left: TypedResidual, _ right: TypedResidual, at span: SourceSpan?
    ) -> TypedResidual {
        switch operation {
        case .notEqual: return not(binary(.equal, left, right, at: span), at: span)
        case .in: return member(left, right, at: span)
        case .hasTag, .getTag: return tag(operation, left, right, at: span)
        default:
            let facts = EntityFacts(entities: Entities(), resource: nil)
            return settled(facts.binary(operation, folded(left), folded(right)), at: span) {
                if operation == .equal, case .entity(let first) = left.type, case .entity(let second) = right.type,
                    first != second, !left.canFail(), !right.canFail()
                {
                    return truth(false, at: span)
                }
                let isArithmetic = [.add, .subtract, .multiply].contains(operation)
                return TypedResidual(.binary(operation, left, right), isArithmetic ? .long : .bool, span)
            }
        }
    }

    // MARK: Groups

    private func member(_ left: TypedResidual, _ right: TypedResidual, at span: SourceSpan?) -> TypedResidual {
        var isUnknown = false
        let result = Folding.member(folded(left), folded(right)) { uid, group in
            let isMember = entities.isMember(uid, of: group)
            if isMember == nil { isUnknown = true }
            return isMember ?? false
        }
        let rest = TypedResidual(.binary(.in, left, right), .bool, span)
        if isUnknown, result == .value(false) { return rest }
        return settled(result, at: span) {
            canBeMember(left, right) || left.canFail() || right.canFail() ? rest : truth(false, at: span)
        }
    }

    /// Whether types, and what is known of the left side, leave it possible.
    private func canBeMember(_ left: TypedResidual, _ right: TypedResidual) -> Bool {
        guard case .entity(let type) = left.type else { return true }
        let groups: Set<EntityTypeName>
        switch (right.kind, right.type) {
        case (.value(.set(let elements)), _):
            // `Folding.member` has refused sets of anything else.
            groups = Set(elements.compactMap { if case .entity(let uid) = $0 { uid.type } else { nil } })
        case (_, .entity(let group)), (_, .set(.entity(let group))): groups = [group]
        default: return true
        }
        if case .value(.entity(let uid)) = left.kind {
            guard let ancestors = entities.ancestors(of: uid) else { return true }
            return groups.contains(type) || ancestors.contains { groups.contains($0.type) }
        }
        return !groups.isDisjoint(with: schema.ancestors(of: type).union([type]))
    }

    // MARK: Tags

    private mutating func tag(
        _ operation: BinaryOperator, _ entity: TypedResidual, _ key: TypedResidual, at span: SourceSpan?
    ) -> TypedResidual {
        var isHidden = false
        if case .value(.entity(let uid)) = entity.kind, let partly = entities.partlyKnown[uid] {
            if let tags = partly.tags, case .value(.string(let name)) = key.kind {
                if operation == .hasTag { return truth(tags[name] != nil, at: span) }
                guard let found = tags[name] else { return error(.noSuchTag(name, owner: uid), at: span) }
                return value(found, declared: tagType(entity), at: span)
            }
            isHidden = true
        }
        let facts = EntityFacts(entities: entities.known, resource: nil)
        let operand = isHidden ? .unknown(Unknown([], kind: .entity)) : folded(entity)
        let result = facts.binary(operation, operand, folded(key))
        if case .value(let found) = result, operation == .getTag {
            return value(found, declared: tagType(entity), at: span)
        }
        return settled(result, at: span) {
            if operation == .hasTag, case .entity(let type) = entity.type, schema.entityTypes[type]?.tags == nil,
                !entity.canFail(), !key.canFail(), key.type == .string
            {
                return truth(false, at: span)
            }
            return TypedResidual(
                .binary(operation, entity, key), operation == .hasTag ? .bool : tagType(entity), span)
        }
    }

    private func tagType(_ entity: TypedResidual) -> SchemaType? {
        guard case .entity(let type) = entity.type else { return nil }
        return schema.entityTypes[type]?.tags
    }
}
