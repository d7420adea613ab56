internal import Cedar

extension PolicyDiff {
    /// One JSON object on one line, for programs.
    public var json: String {
        let object: JSONValue = [
            "changed": JSONValue(.array(groups.map(Self.json))),
            "unchanged": JSONValue(.array(unchanged.map(Self.json))),
        ]
        return object.description
    }

    private static func json(_ group: Group) -> JSONValue {
        [
            "classes": JSONValue(.array(group.classes.map(json))),
            "changes": JSONValue(.array(group.changes.map(json))),
        ]
    }

    private static func json(_ principals: EqualPrincipals) -> JSONValue {
        [
            "description": .text(principals.words),
            "members": JSONValue(.array(principals.members.map { .text($0.name) })),
        ]
    }

    private static func json(_ change: Change) -> JSONValue {
        [
            "direction": .text(change.direction.rawValue), "question": .text(change.question.rawValue),
            "table": .text(change.table.description),
            "column": change.column.map(JSONValue.text) ?? JSONValue(.null),
            "homes": JSONValue(.array(change.homes.map { .text($0.description) })), "before": .text(change.before),
            "after": .text(change.after), "policies": JSONValue(.array(change.reasons.map(json))),
        ]
    }

    private static func json(_ reason: Reason) -> JSONValue {
        [
            "id": .text(reason.policy.description), "effect": .text(reason.effect.rawValue),
            "file": .text(reason.file), "line": .count(reason.line), "gone": JSONValue(.bool(reason.isGone)),
            "fails": JSONValue(.bool(reason.fails)),
        ]
    }
}
