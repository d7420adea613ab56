extension Policy {
    /// The JSON form of the policy. A linked one has entities where its template has slots.
    ///
    /// - Throws: If it nests more deeply than JSON is read, by the official engine or here.
    public func json() throws(CedarDiagnostic) -> JSONValue { try json(inSet: false) }

    /// - Parameter inSet: Whether it will be two levels inside a policy set.
    func json(inSet: Bool) throws(CedarDiagnostic) -> JSONValue {
        // The policy, its conditions, and each of them are a level.
        let writer = ExpressionJSONWriter(depthMax: JSONReader.depthMax - 3 - (inSet ? 2 : 0))
        var conditions: [JSONValue] = []
        for condition in self.conditions {
            guard let body = writer.json(condition.body, depth: 0) else {
                throw source.diagnostic(
                    "the condition nests more deeply than the \(JSONReader.depthMax) levels of JSON that are read",
                    at: condition.body.range, help: "split it into several conditions or policies")
            }
            conditions.append(["kind": condition.kind == .when ? "when" : "unless", "body": body])
        }
        var members: [JSONValue.Member] = [
            JSONValue.Member("effect", JSONValue(stringLiteral: effect.rawValue)),
            JSONValue.Member("principal", scope.principal.json(.principal)),
            JSONValue.Member("action", scope.action.json),
            JSONValue.Member("resource", scope.resource.json(.resource)),
            JSONValue.Member("conditions", JSONValue(.array(conditions))),
        ]
        if !annotations.isEmpty {
            let texts = annotations.map { annotation in
                JSONValue.Member(annotation.key, JSONValue(annotation.isBare ? .null : .string(annotation.value)))
            }
            members.append(JSONValue.Member("annotations", JSONValue(.object(texts))))
        }
        return JSONValue(.object(members))
    }
}

extension EntityConstraint {
    fileprivate func json(_ slot: Slot) -> JSONValue {
        switch self {
        case .any: ["op": "All"]
        case .equal(let reference): JSONValue(.object([.init("op", "=="), reference.member(slot)]))
        case .in(let reference): JSONValue(.object([.init("op", "in"), reference.member(slot)]))
        case .is(let type, in: nil): ["op": "is", "entity_type": JSONValue(.string(type.name))]
        case .is(let type, in: .some(let reference)):
            [
                "op": "is", "entity_type": JSONValue(.string(type.name)),
                "in": JSONValue(.object([reference.member(slot)])),
            ]
        }
    }
}

extension EntityReference {
    fileprivate func member(_ slot: Slot) -> JSONValue.Member {
        switch self {
        case .entity(let uid): JSONValue.Member("entity", JSONValue(of: uid))
        case .slot: JSONValue.Member("slot", JSONValue(stringLiteral: slot.rawValue))
        }
    }
}

extension ActionConstraint {
    /// One action in a list is written as one without: the official engine tells them apart no more than we do.
    fileprivate var json: JSONValue {
        switch self {
        case .any: ["op": "All"]
        case .equal(let uid): ["op": "==", "entity": JSONValue(of: uid)]
        case .in(let actions):
            if let action = actions.first, actions.count == 1 {
                ["op": "in", "entity": JSONValue(of: action)]
            } else {
                ["op": "in", "entities": JSONValue(.array(actions.map { JSONValue(of: $0) }))]
            }
        }
    }
}
