import Cedar

/// What lines of all batches have: policies, perhaps a schema, entities and requests.
struct PolicyCase {
    let json: JSONValue
    let schema: Schema?

    var id: JSONValue { json["id"] ?? JSONValue(.null) }

    init(_ json: JSONValue) throws(CaseError) {
        self.json = json
        guard json.optional("schema") != nil else {
            schema = nil
            return
        }
        let text = try json.text(of: "schema")
        do throws(SchemaError) {
            schema = try Schema(parsing: text, fileName: "schema")
        } catch {
            throw CaseError("schema", error.diagnostics)
        }
    }

    /// An absent text is an empty one: nothing is allowed. Policies are called by their positions, as in the corpora.
    func policies() throws(PolicyParseError) -> PolicySet {
        try PolicySet(parsing: json["policy"]?.string?.text ?? "", fileName: "policy", naming: .positions)
    }

    /// Links templates as the line says.
    func link(_ policies: inout PolicySet) throws(CaseError) {
        for link in json.optional("links")?.elements ?? [] {
            var values: [Slot: EntityUID] = [:]
            for member in link["values"]?.members ?? [] {
                guard let slot = Slot(rawValue: member.key.text) else {
                    throw CaseError("links: there is no slot \(member.key)")
                }
                values[slot] = try Self.entity(member.value, "links")
            }
            let template = PolicyID(try link.text(of: "template"))
            let id = PolicyID(try link.text(of: "id"))
            do throws(TemplateLinkError) {
                try policies.link(template: template, as: id, values: values)
            } catch {
                throw CaseError("links: \(error)")
            }
        }
    }

    func entities() throws(CaseError) -> Entities {
        do throws(EntitiesParseError) {
            return try Entities(
                json: (json.optional("entities") ?? []).description, fileName: "entities", schema: schema)
        } catch {
            throw CaseError("entities", error.diagnostics)
        }
    }

    /// Each request, or why it cannot be decided.
    func requests() throws(CaseError) -> [Result<Request, CaseError>] {
        guard let requests = (json.optional("requests") ?? []).elements else {
            throw CaseError("requests is no array")
        }
        return requests.enumerated().map { position, request in
            let members = (request.members ?? []).filter { Self.requestMembers.contains($0.key) }
            let mustFit = request["validateRequest"]?.bool ?? true
            do throws(CedarDiagnostic) {
                return .success(
                    try Request(
                        json: JSONValue(.object(members)).description, fileName: "requests[\(position)]",
                        schema: mustFit ? schema : nil))
            } catch {
                return .failure(CaseError(error.description))
            }
        }
    }

    private static let requestMembers: [CedarString] = ["principal", "action", "resource", "context"]

    /// `{"type": …, "id": …}`
    static func entity(_ json: JSONValue, _ place: String) throws(CaseError) -> EntityUID {
        guard let name = json["type"]?.string, let type = EntityTypeName(parsing: name.text),
            let id = json["id"]?.string
        else { throw CaseError("\(place): \(json) is no entity; write {\"type\": \"User\", \"id\": \"alice\"}") }
        return EntityUID(type: type, id: id)
    }
}
