extension PolicySet {
    /// Reads the JSON form of a policy set: `staticPolicies` and `templates` by name, and `templateLinks`.
    ///
    /// - Parameter fileName: Names the text in diagnostics.
    /// - Throws: Every error that could be told apart, one for each policy and link.
    public init(json text: String, fileName: String) throws(PolicyParseError) {
        self.init()
        var problems: [CedarDiagnostic] = []
        let source = SourceText(name: fileName, bytes: Array(text.utf8))
        do throws(CedarDiagnostic) {
            var fields = try JSONFields(try JSONReader.value(in: source), "a policy set", in: source)
            let templates = try source.members(of: try fields.require("templates"), "`templates`")
            let policies = try source.members(of: try fields.require("staticPolicies"), "`staticPolicies`")
            let links = try source.elements(of: try fields.require("templateLinks"), "`templateLinks`")
            try fields.finish()
            for member in policies { read(member, isTemplate: false, source, &problems) }
            for member in templates { read(member, isTemplate: true, source, &problems) }
            // A link to a template that could not be read has nothing more to say.
            if problems.isEmpty { for link in links { read(link, source, &problems) } }
        } catch {
            problems.append(error)
        }
        guard problems.isEmpty else {
            throw PolicyParseError(diagnostics: Array(problems.prefix(PolicyParser.diagnosticsMax)))
        }
    }

    private mutating func read(
        _ member: JSONValue.Member, isTemplate: Bool, _ source: SourceText, _ problems: inout [CedarDiagnostic]
    ) {
        do throws(CedarDiagnostic) {
            let policy = try PolicyJSONReader(source: source).policy(member.value, id: PolicyID(member.key.text))
            guard policy.isTemplate == isTemplate else {
                throw source.diagnostic(
                    "\"\(policy.id)\" has \(isTemplate ? "no slots" : "slots")", at: member.value.range,
                    help: "move it to `\(isTemplate ? "staticPolicies" : "templates")`")
            }
            add(policy, &problems)
        } catch {
            problems.append(error)
        }
    }

    private mutating func read(_ link: JSONValue, _ source: SourceText, _ problems: inout [CedarDiagnostic]) {
        do throws(CedarDiagnostic) {
            var fields = try JSONFields(link, "a template link", in: source)
            let template = try fields.requireString("templateId")
            let id = try fields.requireString("newId")
            let written = try source.members(of: try fields.require("values"), "`values`")
            try fields.finish()
            var values: [Slot: EntityUID] = [:]
            for member in written {
                guard let slot = Slot(rawValue: member.key.text) else {
                    throw source.diagnostic(
                        "there is no slot \(member.key.literal)", at: member.keyRange,
                        help: "the slots are ?principal and ?resource")
                }
                values[slot] = try source.entityUID(member.value)
            }
            do throws(TemplateLinkError) {
                try self.link(template: PolicyID(template.text), as: PolicyID(id.text), values: values)
            } catch {
                throw source.diagnostic(error.message, at: link.range, help: error.help)
            }
        } catch {
            problems.append(error)
        }
    }

    /// The JSON form of the policy set, in which templates and links are apart.
    ///
    /// - Throws: If a policy nests more deeply than JSON is read.
    public func json() throws(CedarDiagnostic) -> JSONValue {
        var policies: [JSONValue.Member] = []
        var links: [JSONValue] = []
        for policy in self.policies {
            guard let link = policy.link else {
                policies.append(JSONValue.Member(policy.id.text, try policy.json(inSet: true)))
                continue
            }
            let values = link.values.sorted { $0.key.rawValue < $1.key.rawValue }.map { slot, uid in
                JSONValue.Member(CedarString(slot.rawValue), JSONValue(of: uid))
            }
            links.append([
                "templateId": JSONValue(.string(link.template.text)), "newId": JSONValue(.string(policy.id.text)),
                "values": JSONValue(.object(values)),
            ])
        }
        var templates: [JSONValue.Member] = []
        for template in self.templates {
            templates.append(JSONValue.Member(template.id.text, try template.json(inSet: true)))
        }
        return [
            "staticPolicies": JSONValue(.object(policies)), "templates": JSONValue(.object(templates)),
            "templateLinks": JSONValue(.array(links)),
        ]
    }
}
