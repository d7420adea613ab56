extension Policy: CustomStringConvertible {
    /// The policy as Cedar text, made from its tree: it parses to the same tree again, if its conditions do not nest
    /// deeper than the parser goes. Comments are not part of a policy. ``PolicyFormatter`` lays it out.
    public var cedarText: String {
        var text = ""
        for annotation in annotations {
            text += "@\(annotation.key)"
            if !annotation.isBare { text += "(\(annotation.value.literal))" }
            text += "\n"
        }
        text += "\(effect.rawValue) (principal\(scope.principal.text("principal"))"
        text += ", action\(scope.action.text), resource\(scope.resource.text("resource")))"
        for condition in conditions {
            text += "\n\(condition.kind == .when ? "when" : "unless") { \(ExpressionPrinter.text(condition.body)) }"
        }
        return text + ";"
    }

    public var description: String { cedarText }
}

extension PolicyFormatter {
    /// A policy as text, laid out; on as few lines as can be where it nests deeper than the parser goes.
    public func format(_ policy: Policy) -> String {
        (try? format(policy.cedarText, fileName: "")) ?? policy.cedarText + "\n"
    }
}

extension EntityConstraint {
    fileprivate func text(_ variable: String) -> String {
        func text(_ reference: EntityReference) -> String {
            switch reference {
            case .entity(let uid): uid.description
            case .slot: "?\(variable)"
            }
        }
        return switch self {
        case .any: ""
        case .equal(let reference): " == \(text(reference))"
        case .in(let reference): " in \(text(reference))"
        case .is(let type, in: nil): " is \(type)"
        case .is(let type, in: .some(let reference)): " is \(type) in \(text(reference))"
        }
    }
}

extension ActionConstraint {
    fileprivate var text: String {
        switch self {
        case .any: ""
        case .equal(let uid): " == \(uid)"
        case .in(let uids) where uids.count == 1: " in \(uids[0])"
        case .in(let uids): " in [\(uids.map(\.description).joined(separator: ", "))]"
        }
    }
}
