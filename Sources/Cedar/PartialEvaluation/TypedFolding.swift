/// Joins operands that are folded already.
extension TypedEvaluator {
    /// An operand as the rules of full evaluation take it: a value, or an unknown of the right kind.
    private func folded(_ operand: TypedResidual) -> FoldedOperand {
        switch operand.kind {
        case .value(let value): .value(value)
        case .error(let error): .error(error)
        default: .unknown(operand.type?.kind)
        }
    }

    /// What full evaluation makes of it, or `rest` if it leaves something unknown.
    private func settled(_ result: FoldedOperand, at place: Place?, else rest: () -> TypedResidual) -> TypedResidual {
        switch result {
        case .value(let value): self.value(value, at: place)
        case .error(let error):
            TypedResidual(.error((place?.span).map(error.located) ?? error), nil, place)
        default: rest()
        }
    }

    /// `&&` where `stop` is false, `||` where it is true.
    mutating func junction<Operand>(
        stopsAt stop: Bool, _ operands: [Operand], at place: Place?,
        _ evaluate: (inout TypedEvaluator, Operand) -> TypedResidual
    ) -> TypedResidual {
        var kept: [TypedResidual] = []
        func joined() -> TypedResidual { TypedResidual(stop ? .or(kept) : .and(kept), .bool, place) }
        for operand in operands {
            let operand = evaluate(&self, operand)
            switch operand.kind {
            case .value(.bool(let value)):
                if value != stop { continue }
                let before = TypedResidual(stop ? .or(kept) : .and(kept), .bool, place)
                if !before.canFail() { return truth(stop, at: place) }
                kept.append(operand)
                return joined()
            case .value(let value):
                let failure = error(.wrongKind(expected: [.bool], found: value.kind), at: operand.place)
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
        guard let first = kept.first else { return truth(!stop, at: place) }
        return kept.count == 1 && first.isBoolean ? first : joined()
    }

    func not(_ operand: TypedResidual, at place: Place?) -> TypedResidual {
        settled(Folding.not(folded(operand)), at: place) {
            if case .not(let inner) = operand.kind, inner.isBoolean { return inner }
            return TypedResidual(.not(operand), .bool, place)
        }
    }

    func negate(_ operand: TypedResidual, at place: Place?) -> TypedResidual {
        settled(Folding.negate(folded(operand)), at: place) { TypedResidual(.negate(operand), .long, place) }
    }

    mutating func conditional<Branch>(
        _ condition: TypedResidual, _ then: Branch, _ otherwise: Branch, at place: Place?,
        _ evaluate: (inout TypedEvaluator, Branch) -> TypedResidual
    ) -> TypedResidual {
        switch condition.kind {
        case .value(.bool(let value)): return evaluate(&self, value ? then : otherwise)
        case .value(let value): return error(.wrongKind(expected: [.bool], found: value.kind), at: condition.place)
        case .error: return condition
        default:
            let then = evaluate(&self, then)
            let otherwise = evaluate(&self, otherwise)
            let type =
                then.error != nil
                ? otherwise.type
                : otherwise.error != nil || then.type == otherwise.type
                    ? then.type : nil
            return TypedResidual(.if(condition, then: then, else: otherwise), type, place)
        }
    }

    func isEmpty(_ operand: TypedResidual, at place: Place?) -> TypedResidual {
        settled(Folding.isEmpty(folded(operand)), at: place) { TypedResidual(.isEmpty(operand), .bool, place) }
    }

    func like(_ operand: TypedResidual, _ pattern: Pattern, at place: Place?) -> TypedResidual {
        settled(Folding.like(folded(operand), pattern), at: place) {
            TypedResidual(.like(operand, pattern), .bool, place)
        }
    }

    /// An unknown entity's type is known, so only what may fail is left.
    func isOf(_ operand: TypedResidual, _ type: EntityTypeName, at place: Place?) -> TypedResidual {
        settled(Folding.isOf(folded(operand), type), at: place) {
            if case .entity(let found) = operand.type, !operand.canFail() { return truth(found == type, at: place) }
            return TypedResidual(.is(operand, type), .bool, place)
        }
    }

    func set(_ elements: [TypedResidual], at place: Place?) -> TypedResidual {
        settled(Folding.set(elements.map(folded)), at: place) {
            let type = elements.first?.type
            let isUniform = elements.allSatisfy { $0.type == type }
            return TypedResidual(.set(elements), isUniform ? type.map(SchemaType.set) : nil, place)
        }
    }

    func record(_ fields: [(key: CedarString, value: TypedResidual)], at place: Place?) -> TypedResidual {
        settled(Folding.record(fields.map { ($0.key, folded($0.value)) }), at: place) {
            var types: [CedarString: RecordType.Attribute] = [:]
            for field in fields { types[field.key] = field.value.type.map { RecordType.Attribute($0) } }
            let isTyped = types.count == fields.count
            return TypedResidual(
                .record(Dictionary(fields.map { ($0.key, $0.value) }) { $1 }),
                isTyped ? .record(RecordType(types)) : nil, place)
        }
    }

    func call(_ function: ExtensionFunction, _ arguments: [TypedResidual], at place: Place?) -> TypedResidual {
        settled(Folding.call(function, arguments.map(folded)), at: place) {
            TypedResidual(.call(function, arguments), function.resultType, place)
        }
    }

    mutating func binary(
        _ operation: BinaryOperator, _ left: TypedResidual, _ right: TypedResidual, at place: Place?
    ) -> TypedResidual {
        switch operation {
        case .notEqual: return not(binary(.equal, left, right, at: place), at: place)
        case .in: return member(left, right, at: place)
        case .hasTag, .getTag: return tag(operation, left, right, at: place)
        default:
            let facts = EntityFacts(entities: Entities())
            return settled(facts.binary(operation, folded(left), folded(right)), at: place) {
                if operation == .equal, case .entity(let first) = left.type, case .entity(let second) = right.type,
                    first != second, !left.canFail(), !right.canFail()
                {
                    return truth(false, at: place)
                }
                let isArithmetic = [.add, .subtract, .multiply].contains(operation)
                return TypedResidual(.binary(operation, left, right), isArithmetic ? .long : .bool, place)
            }
        }
    }

    // MARK: Groups

    private func member(_ left: TypedResidual, _ right: TypedResidual, at place: Place?) -> TypedResidual {
        var isUnknown = false
        let result = Folding.member(folded(left), folded(right)) { uid, group in
            let isMember = entities.isMember(uid, of: group)
            if isMember == nil { isUnknown = true }
            return isMember ?? false
        }
        let rest = TypedResidual(.binary(.in, left, right), .bool, place)
        if isUnknown, result == .value(false) { return rest }
        return settled(result, at: place) {
            canBeMember(left, right) || left.canFail() || right.canFail() ? rest : truth(false, at: place)
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
        _ operation: BinaryOperator, _ entity: TypedResidual, _ key: TypedResidual, at place: Place?
    ) -> TypedResidual {
        var isHidden = false
        if case .value(.entity(let uid)) = entity.kind, let partly = entities.partlyKnown[uid] {
            if let tags = partly.tags, case .value(.string(let name)) = key.kind {
                if operation == .hasTag { return truth(tags[name] != nil, at: place) }
                guard let found = tags[name] else { return error(.noSuchTag(name, owner: uid), at: place) }
                return value(found, declared: tagType(entity), at: place)
            }
            isHidden = true
        } else if case .value(.entity(let uid)) = entity.kind, entities.isOpen(uid) {
            isHidden = true
        }
        let facts = EntityFacts(entities: entities.known)
        let operand = isHidden ? .unknown(.entity) : folded(entity)
        let result = facts.binary(operation, operand, folded(key))
        if case .value(let found) = result, operation == .getTag {
            return value(found, declared: tagType(entity), at: place)
        }
        return settled(result, at: place) {
            if operation == .hasTag, case .entity(let type) = entity.type, schema.entityTypes[type]?.tags == nil,
                !entity.canFail(), !key.canFail(), key.type == .string
            {
                return truth(false, at: place)
            }
            return TypedResidual(
                .binary(operation, entity, key), operation == .hasTag ? .bool : tagType(entity), place)
        }
    }

    private func tagType(_ entity: TypedResidual) -> SchemaType? {
        guard case .entity(let type) = entity.type else { return nil }
        return schema.entityTypes[type]?.tags
    }
}
