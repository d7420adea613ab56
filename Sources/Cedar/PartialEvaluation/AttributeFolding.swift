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
            noteConsulted([name], of: symbol(operand))
            if declared == nil, isTyped(operand) { return error(.noSuchAttribute(name, owner: nil), at: place) }
            let isCertain = declared?.isRequired == true && isPresent(operand)
            return TypedResidual(.attribute(symbol(operand), name, isCertain: isCertain), declared?.type, place)
        }
    }

    mutating func has(_ operand: TypedResidual, _ path: [CedarString], at place: Place?) -> TypedResidual {
        var operand = operand
        var path = path[...]
        while let name = path.first {
            let rest = TypedResidual(.has(symbol(operand), Array(path)), .bool, place)
            switch find(name, in: operand, at: place) {
            case .found(let residual):
                if residual.error != nil { return residual }
                operand = residual
            case .fails(let failure): return failure
            case .missing: return truth(false, at: place)
            case .open(let declared):
                noteConsulted(path, of: symbol(operand))
                guard let declared else {
                    return isTyped(operand) && !operand.canFail() ? truth(false, at: place) : rest
                }
                guard declared.isRequired, isPresent(operand), !operand.canFail() else { return rest }
                operand = TypedResidual(.attribute(symbol(operand), name, isCertain: true), declared.type, place)
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
            if let partly = entities.partlyKnown[uid] {
                guard let attributes = partly.attributes else { return .open(declared) }
                return field(name, of: attributes, in: operand, declared, at: place)
            }
            guard !entities.isOpen(uid) else { return .open(declared) }
            return entities.known[uid]?.attributes[name]
                .map { .found(value($0, declared: declared?.type, at: place)) } ?? .missing
        case .value(.record(let record)):
            return record[name].map { .found(value($0, declared: declared?.type, at: place)) } ?? .missing
        case .value(let value):
            return .fails(error(.wrongKind(expected: [.entity, .record], found: value.kind), at: operand.place))
        case .record(let fields):
            // The other fields are evaluated too, so that nothing may be taken out while one of them can fail.
            guard !fields.contains(where: { $0.key != name && $0.value.canFail() }) else { return .open(declared) }
            return fields[name].map(Finding.found) ?? .missing
        default:
            if let record = partialRecord(operand) {
                return field(name, of: record, in: operand, declared, at: place)
            }
            if let type = operand.type, declared == nil, !isTyped(operand) {
                return .fails(error(.wrongKind(expected: [.entity, .record], found: type.kind), at: operand.place))
            }
            return .open(declared)
        }
    }

    private func field(
        _ name: CedarString, of record: PartialRecord, in operand: TypedResidual, _ declared: RecordType.Attribute?,
        at place: Place?
    ) -> Finding {
        switch record.fields[name] {
        case nil: .missing
        case .known(let value): .found(self.value(value, declared: declared?.type, at: place))
        case .partly:
            .found(TypedResidual(.attribute(symbol(operand), name, isCertain: true), declared?.type, place))
        case .unknown: .open(declared)
        }
    }

    /// What is known of a record that is known in part; nil of all else.
    private func partialRecord(_ operand: TypedResidual) -> PartialRecord? {
        switch operand.kind {
        case .variable(.resource):
            guard case .known(let uid) = request.resource else { return nil }
            return entities.partlyKnown[uid]?.attributes
        case .value(.entity(let uid)): return entities.partlyKnown[uid]?.attributes
        case .attribute(let owner, let name, _):
            guard case .partly(let record) = partialRecord(owner)?.fields[name] else { return nil }
            return record
        default: return nil
        }
    }

    /// The resource under its name in policies: what is left open of it is then the same for all resources, and
    /// ``TypedResidual/resourcePath`` tells it.
    private func symbol(_ operand: TypedResidual) -> TypedResidual {
        guard case .value(.entity(let uid)) = operand.kind, request.resource == .known(uid),
            entities.partlyKnown[uid] != nil
        else { return operand }
        return TypedResidual(.variable(.resource), operand.type, operand.place)
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
