internal import Cedar

/// `has` and `in`.
extension ResidualTranslation {
    mutating func has(
        _ residual: TypedResidual, _ operand: TypedResidual, _ names: [CedarString], need: Need,
        present: Set<TypedResidual>
    ) -> Condition {
        guard let base = operand.resourcePath else {
            return reject(
                residual, "has", "it is asked of something that the row decides", "ask it of `resource` only")
        }
        guard let column = column(base + names, of: residual) else { return Condition(.null, mayBeNull: true) }
        let presence = Condition(column.presence, mayBeNull: false)
        // Where what is asked is absent itself, evaluation has failed.
        guard operand.canFail(present) else { return presence }
        guard let owner = self.column(base, of: operand) else { return Condition(.null, mayBeNull: true) }
        let isThere = SQLExpression(.test(SQLExpression(.column(owner.sql)), .notNull))
        guard owner.isNullable else { return presence }
        guard need != .onlyTrue else {
            return Condition(.all([isThere, presence.sql]), mayBeNull: presence.mayBeNull)
        }
        return Condition(.when(isThere, then: presence.sql), mayBeNull: true)
    }

    mutating func member(
        _ residual: TypedResidual, _ left: TypedResidual, _ right: TypedResidual, need: Need,
        present: Set<TypedResidual>
    ) -> Condition {
        if left.error != nil || right.error != nil { return Condition(.null, mayBeNull: true) }
        if isOpaque(right), let groups = right.type?.groupType {
            if case .variable(.resource) = left.kind {
                _ = parents(residual, reaching: [groups])
            } else {
                _ = operand(left, present: present)
            }
            return Condition(.null, mayBeNull: true)
        }
        if isOpaque(left) {
            _ = operand(right, present: present)
            return Condition(.null, mayBeNull: true)
        }
        if let groups = right.value?.entities {
            guard case .variable(.resource) = left.kind else {
                if case .entity(let type) = left.type, rowTypes.contains(type) { return rejectOtherRow(residual) }
                let operand = operand(left, present: present)
                guard case .entity(let type) = operand.type else {
                    return reject(residual, "in", "its left side is no entity", "validate the policies strictly")
                }
                return isOne(operand, of: members(of: type, in: groups), residual, need: need)
            }
            return resource(residual, in: groups, need: need)
        }
        guard case .entity(let uid)? = left.value else {
            return reject(
                residual, "in", "both sides depend on the row, whose groups are not known then",
                "compare with `==`, or have one side known")
        }
        if rowTypes.contains(uid.type), entities[uid] == nil { return rejectOtherRow(residual) }
        let groups = entities.ancestors(of: uid).union([uid])
        let operand = operand(right, present: present)
        switch operand.type {
        case .entity(let type):
            return isOne(operand, of: groups.filter { $0.type == type }.map(\.id), residual, need: need)
        case .set(.entity(let type)):
            let ids = groups.filter { $0.type == type }.map(\.id)
            guard !ids.isEmpty else { return constant(false, unlessNull: [operand], need: need) }
            guard let array = array(ids, residual) else { return Condition(.null, mayBeNull: true) }
            return Condition(
                SQLExpression(.array(.overlaps, operand.sql.byBytes, .value(array))), mayBeNull: operand.mayBeNull)
        default: return reject(residual, "in", "its right side is no entity", "validate the policies strictly")
        }
    }

    private mutating func rejectOtherRow(_ residual: TypedResidual) -> Condition {
        reject(
            residual, "in", "its left side is another row than the one that is decided",
            "ask it of `resource`, or compare with `==`")
    }

    /// The identifiers of all entities of `type` that are one of `groups`, or in one.
    private func members(of type: EntityTypeName, in groups: [EntityUID]) -> [CedarString] {
        var found = Set(groups)
        for group in groups { found.formUnion(entities.descendants(of: group)) }
        return found.filter { $0.type == type }.map(\.id)
    }

    private mutating func array(_ ids: [CedarString], _ residual: TypedResidual) -> SQLValue? {
        let array = SQLValue.array(ids.sorted().map(SQLValue.text), of: .text)
        guard array.isRepresentable else {
            reject(
                residual, "in", "an identifier has a NUL, which no text in PostgreSQL can have", "leave the NUL out")
            return nil
        }
        return array
    }

    private mutating func isOne(
        _ operand: Operand, of ids: [CedarString], _ residual: TypedResidual, need: Need
    ) -> Condition {
        guard !ids.isEmpty else { return constant(false, unlessNull: [operand], need: need) }
        guard let array = array(ids, residual) else { return Condition(.null, mayBeNull: true) }
        let sql =
            ids.count == 1
            ? SQLExpression(.comparison(.equal, operand.sql.byBytes, .value(.text(ids[0]))))
            : SQLExpression(.isAny(operand.sql.byBytes, of: .value(array), elementType: .text))
        return Condition(sql, mayBeNull: operand.mayBeNull)
    }

    /// By the columns that say what the row belongs to.
    private mutating func resource(_ residual: TypedResidual, in groups: [EntityUID], need: Need) -> Condition {
        var alternatives: [SQLExpression] = []
        let own = groups.filter { $0.type == resourceType }.map(\.id)
        if !own.isEmpty {
            let id = Operand(
                sql: SQLExpression(.column(table.id)), type: .entity(resourceType), mayBeNull: false)
            alternatives.append(isOne(id, of: own, residual, need: need).sql)
        }
        guard let parents = parents(residual, reaching: Set(groups.map(\.type))) else {
            return Condition(.null, mayBeNull: true)
        }
        for (parent, column) in parents {
            let ids = members(of: parent, in: groups)
            guard !ids.isEmpty else { continue }
            guard let array = array(ids, residual) else { return Condition(.null, mayBeNull: true) }
            let sql: SQLExpression
            switch column.type {
            case .entityArray:
                // NULL elements are no groups here, and match nothing.
                sql = SQLExpression(.array(.overlaps, SQLExpression(.column(column.sql)).byBytes, .value(array)))
            default:
                let operand = Operand(
                    sql: SQLExpression(.column(column.sql)), type: .entity(parent), mayBeNull: column.isNullable)
                sql = isOne(operand, of: ids, residual, need: .exact).sql
            }
            // Without a group it is in none: that is no failure.
            alternatives.append(column.isNullable ? sql.test(.isTrue) : sql)
        }
        return Condition(.any(alternatives), mayBeNull: false)
    }

    /// The columns that may lead to a group of one of `types`; nil after a rejection.
    private mutating func parents(
        _ residual: TypedResidual, reaching types: Set<EntityTypeName>
    ) -> [(type: EntityTypeName, column: ColumnMapping)]? {
        var found: [(type: EntityTypeName, column: ColumnMapping)] = []
        for parent in (schema.entityTypes[resourceType]?.parents ?? []).sorted() {
            guard !types.isDisjoint(with: schema.ancestors(of: parent).union([parent])) else { continue }
            guard parent != resourceType else {
                reject(
                    residual, "in", "\(resourceType) can be in \(resourceType), but how rows nest is not known",
                    "map the ancestors as an attribute, and compare with `contains`")
                return nil
            }
            guard let column = table.parents[parent] else {
                reject(
                    residual, "in", "the mapping of \(resourceType) does not say which \(parent) a row is in",
                    "map \"\(parent)\" in its \"parents\"")
                return nil
            }
            found.append((parent, column))
        }
        return found
    }
}

extension SchemaType {
    /// The type of the groups that the right side of `in` names.
    fileprivate var groupType: EntityTypeName? {
        switch self {
        case .entity(let type), .set(.entity(let type)): type
        default: nil
        }
    }
}

extension Value {
    /// The groups that the right side of `in` names.
    fileprivate var entities: [EntityUID]? {
        switch self {
        case .entity(let uid): return [uid]
        case .set(let elements):
            var found: [EntityUID] = []
            for element in elements {
                guard case .entity(let uid) = element else { return nil }
                found.append(uid)
            }
            return found
        default: return nil
        }
    }
}
