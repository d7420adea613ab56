/// Reading attributes, and asking whether there are any.
extension TypedEvaluator {
    private enum Finding {
        case found(TypedResidual)
        /// The entity or record is known and has it not.
        case missing
        /// Not known; the declaration, if there is one.
        case open(RecordType.Attribute?)
        case fails(TypedResidual)
    }

    mutating func attribute(_ operand: TypedResidual, _ name: CedarString, at place: Place?) -> TypedResidual {
        switch find(name, in: operand, at: place) {
        case .found(let residual): return residual
        case .fails(let failure): return failure
        case .missing:
            guard case .value(.entity(let uid)) = operand.kind else {
                return error(.noSuchAttribute(name, owner: nil), at: place)
            }
            let reason: EvaluationError.Reason =
                entities.exists(uid) ? .noSuchAttribute(name, owner: uid) : .noSuchEntity(uid)
            return error(reason, at: place)
        case .open(let declared):
            noteConsulted([name], of: operand)
            if declared == nil, isTyped(operand) { return error(.noSuchAttribute(name, owner: nil), at: place) }
            let isCertain = declared?.isRequired == true && isPresent(operand)
            return TypedResidual(.attribute(operand, name, isCertain: isCertain), declared?.type, place)
        }
    }

    mutating func has(_ operand: TypedResidual, _ path: [CedarString], at place: Place?) -> TypedResidual {
        var operand = operand
        var path = path[...]
        while let name = path.first {
            let rest = TypedResidual(.has(operand, Array(path)), .bool, place)
            switch find(name, in: operand, at: place) {
            case .found(let residual):
                if residual.error != nil { return residual }
                operand = residual
            case .fails(let failure): return failure
            case .missing: return truth(false, at: place)
            case .open(let declared):
                noteConsulted(path, of: operand)
                guard let declared else {
                    return isTyped(operand) && !operand.canFail() ? truth(false, at: place) : rest
                }
                guard declared.isRequired, isPresent(operand), !operand.canFail() else { return rest }
                operand = TypedResidual(.attribute(operand, name, isCertain: true), declared.type, place)
            }
            path = path.dropFirst()
        }
        return truth(true, at: place)
    }

    private mutating func find(_ name: CedarString, in operand: TypedResidual, at place: Place?) -> Finding {
        let declared = declaration(of: name, in: operand)
        if declared == nil, let owner = operand.type, isTyped(operand) { noteUndeclared(name, of: owner, at: place) }
        switch operand.kind {
        case .error: return .fails(operand)
        case .value(.entity(let uid)):
            let attributes: ValueRecord?
            if let partly = entities.partlyKnown[uid] {
                guard let known = partly.attributes else { return .open(declared) }
                attributes = known
            } else {
                attributes = entities.known[uid]?.attributes
            }
            return attributes?[name].map { .found(value($0, declared: declared?.type, at: place)) } ?? .missing
        case .value(.record(let record)):
            return record[name].map { .found(value($0, declared: declared?.type, at: place)) } ?? .missing
        case .value(let value):
            return .fails(error(.wrongKind(expected: [.entity, .record], found: value.kind), at: operand.place))
        case .record(let fields):
            // The other fields are evaluated too, so that nothing may be taken out while one of them can fail.
            guard !fields.contains(where: { $0.key != name && $0.value.canFail() }) else { return .open(declared) }
            return fields[name].map(Finding.found) ?? .missing
        default:
            if let type = operand.type, declared == nil, !isTyped(operand) {
                return .fails(error(.wrongKind(expected: [.entity, .record], found: type.kind), at: operand.place))
            }
            return .open(declared)
        }
    }

    private func declaration(of name: CedarString, in operand: TypedResidual) -> RecordType.Attribute? {
        switch operand.type {
        case .record(let type): type[name]
        case .entity(let type): schema.entityTypes[type]?.attributes[name]
        default: nil
        }
    }

    /// Whether it is known which attributes it can have.
    private func isTyped(_ operand: TypedResidual) -> Bool {
        switch operand.type {
        case .record: true
        case .entity(let type): schema.entityTypes[type] != nil
        default: false
        }
    }

    /// Whether it certainly exists: an entity that an attribute names need not.
    private func isPresent(_ operand: TypedResidual) -> Bool {
        if case .record = operand.type { return true }
        switch operand.kind {
        case .variable: return true
        case .value(.entity(let uid)): return entities.partlyKnown[uid] != nil
        default: return false
        }
    }
}
