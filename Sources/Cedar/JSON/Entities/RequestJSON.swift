extension ValueRecord {
    /// Reads a context in Cedar's JSON format.
    ///
    /// - Parameters:
    ///   - fileName: Names the text in diagnostics.
    ///   - schema: Makes escapes superfluous and is conformed to, as the declaration of `action` has it.
    /// - Throws: The first thing that is wrong with it, and where.
    public init(
        json text: String, fileName: String, action: EntityUID, schema: Schema
    ) throws(CedarDiagnostic) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        self = try RequestJSONReader(source: source, schema: schema).context(
            try JSONReader.value(in: source), of: action)
    }

    /// Reads a context, or any other record, in Cedar's JSON format without a schema.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: The first thing that is wrong with it, and where.
    public init(json text: String, fileName: String) throws(CedarDiagnostic) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        self = try RequestJSONReader(source: source, schema: nil).context(try JSONReader.value(in: source), of: nil)
    }

    /// In Cedar's JSON format, with all escapes.
    ///
    /// - Throws: If a record has but one attribute and that is called `__entity`, `__extn` or `__expr`.
    public func json() throws(EntitiesError) -> JSONValue {
        guard !Value.record(self).hasAmbiguousRecord else {
            throw EntitiesError(
                message: "a record would be read as an escape",
                help: "give its attribute another name than `__entity`, `__extn` and `__expr`")
        }
        return JSONValue(of: self)
    }
}

extension Request {
    /// Reads `{"principal": …, "action": …, "resource": …, "context": {…}}`. Entities are `{"type": …, "id": …}` or
    /// as in policies, `"User::\"alice\""`; the context may be left out if it is empty.
    ///
    /// - Parameters:
    ///   - fileName: Names the text in diagnostics.
    ///   - schema: Makes escapes in the context superfluous; the request conforms to it.
    /// - Throws: The first thing that is wrong with it, and where.
    public init(json text: String, fileName: String, schema: Schema? = nil) throws(CedarDiagnostic) {
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        self = try RequestJSONReader(source: source, schema: schema).request(try JSONReader.value(in: source))
    }
}

private struct RequestJSONReader {
    let source: SourceText
    let schema: Schema?

    func request(_ json: JSONValue) throws(CedarDiagnostic) -> Request {
        var fields = try JSONFields(json, "a request", in: source)
        let principal = try entity(try fields.require("principal"))
        let actionName = try fields.require("action")
        let action = try entity(actionName)
        let resource = try entity(try fields.require("resource"))
        let context = fields.take("context")
        try fields.finish()
        if let schema, schema.actions[action] == nil { throw noAction(action, schema, at: actionName.range) }
        let request = Request(
            principal: principal, action: action, resource: resource,
            context: try self.context(context ?? JSONValue(.object([]), at: json.range), of: action))
        do throws(RequestError) {
            try schema?.validate(request)
        } catch {
            throw source.diagnostic(error.message, at: json.range, help: error.help)
        }
        return request
    }

    func context(_ json: JSONValue, of action: EntityUID?) throws(CedarDiagnostic) -> ValueRecord {
        let values = ValueJSONReader(source: source, schema: schema)
        let context: ValueRecord
        if let schema, let action {
            guard let declaration = schema.actions[action] else { throw noAction(action, schema, at: json.range) }
            context = try values.attributes(json, declaration.context, of: "the context of \(action)")
        } else {
            guard case .record(let record) = try values.value(json, as: nil) else {
                throw source.diagnostic("the context is a record, not \(json.noun)", at: json.range)
            }
            context = record
        }
        guard Value.record(context).depth <= Entities.valueDepthMax else {
            throw source.diagnostic(
                "the context nests deeper than \(Entities.valueDepthMax) levels", at: json.range,
                help: "flatten it, or make parts of it entities")
        }
        return context
    }

    private func noAction(_ action: EntityUID, _ schema: Schema, at range: ByteRange) -> CedarDiagnostic {
        source.diagnostic(
            "there is no action \(action) in the schema", at: range,
            help: Suggestion.help(for: action.description, among: schema.actions.keys.map(\.description)))
    }

    private func entity(_ json: JSONValue) throws(CedarDiagnostic) -> EntityUID {
        guard let text = json.string else { return try source.entityUID(json) }
        guard let uid = EntityUID(parsing: text.text) else {
            throw source.diagnostic(
                "\(json) is no entity", at: json.range,
                help: "write {\"type\": \"User\", \"id\": \"alice\"}, or \"User::\\\"alice\\\"\"")
        }
        return uid
    }
}
