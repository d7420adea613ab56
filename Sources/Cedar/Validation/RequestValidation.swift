/// A request that a schema does not admit.
public struct RequestError: Error, Sendable, Hashable, CustomStringConvertible {
    public var message: String
    /// The remedy, if one is known.
    public var help: String?

    public var description: String { message + (help.map { " (\($0))" } ?? "") }
}

extension Schema {
    /// Checks that a request is of a sort that this schema has, and that its context is as declared.
    ///
    /// - Throws: The first thing that is wrong, of the principal, resource, action, what it applies to, the context.
    public func validate(_ request: Request) throws(RequestError) {
        try validate(request.principal, "principal")
        try validate(request.resource, "resource")
        guard let action = actions[request.action] else {
            throw RequestError(
                message: "the schema has no action \(request.action)",
                help: Suggestion.help(for: request.action.description, among: actions.keys.map(\.description)))
        }
        try check(request.principal.type, action.principals, "principal", action.uid)
        try check(request.resource.type, action.resources, "resource", action.uid)
        let path = "the context of \(action.uid)"
        if let problem = ValueConformance(self).problem(request.context, action.context, at: path) {
            throw RequestError(message: problem)
        }
    }

    private func validate(_ uid: EntityUID, _ noun: String) throws(RequestError) {
        guard entityTypes[uid.type] != nil else {
            throw RequestError(
                message: "the \(noun) is of the type `\(uid.type)`, which the schema does not declare",
                help: Suggestion.help(for: uid.type.description, among: entityTypes.keys.map(\.description)))
        }
        if let problem = ValueConformance(self).problem(uid) {
            throw RequestError(message: "the \(noun) is \(uid), but \(problem)")
        }
    }

    private func check(
        _ type: EntityTypeName, _ types: [EntityTypeName], _ noun: String, _ action: EntityUID
    ) throws(RequestError) {
        guard !types.contains(type) else { return }
        let known = types.prefix(8).map { "`\($0)`" } + (types.count > 8 ? ["…"] : [])
        throw RequestError(
            message: "\(action) does not apply to a \(noun) of type `\(type)`",
            help: types.isEmpty
                ? "no request names this action" : "its \(noun)s are of type \(known.joined(separator: " or "))")
    }
}
