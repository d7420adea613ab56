/// What conditions ask of entities.
extension Entities {
    func attribute(_ name: CedarString, of uid: EntityUID) throws(EvaluationError) -> Value {
        guard let entity = self[uid] else { throw EvaluationError(reason: .noSuchEntity(uid)) }
        guard let found = entity.attributes[name] else {
            throw EvaluationError(reason: .noSuchAttribute(name, owner: uid))
        }
        return found
    }

    /// Whether there is something at the end of `path`. An entity that is not known has nothing.
    func has(_ value: Value, _ path: [CedarString]) throws(EvaluationError) -> Bool {
        var value = value
        for name in path {
            let found: Value? =
                switch value {
                case .entity(let uid): self[uid]?.attributes[name]
                case .record(let record): record[name]
                default: throw .wrongKind(value, .entity, .record)
                }
            guard let found else { return false }
            value = found
        }
        return true
    }

    /// - Parameter group: An entity or a set of entities; anything else in the set fails, even after one that matches.
    func isMember(_ uid: EntityUID, ofAny group: Value) throws(EvaluationError) -> Bool {
        switch group {
        case .entity(let group): return isMember(uid, of: group)
        case .set(let elements):
            var isMember = false
            for element in elements {
                let group = try Operators.entity(element)
                isMember = isMember || self.isMember(uid, of: group)
            }
            return isMember
        default: throw .wrongKind(group, .entity, .set)
        }
    }

    func hasTag(_ owner: Value, _ key: Value) throws(EvaluationError) -> Bool {
        let (uid, key) = (try Operators.entity(owner), try Operators.string(key))
        return self[uid]?.tags[key] != nil
    }

    func tag(_ owner: Value, _ key: Value) throws(EvaluationError) -> Value {
        let (uid, key) = (try Operators.entity(owner), try Operators.string(key))
        guard let entity = self[uid] else { throw EvaluationError(reason: .noSuchEntity(uid)) }
        guard let found = entity.tags[key] else { throw EvaluationError(reason: .noSuchTag(key, owner: uid)) }
        return found
    }
}
