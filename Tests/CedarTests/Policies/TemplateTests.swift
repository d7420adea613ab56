import Cedar
import Testing

@Suite struct TemplateTests {
    private static let text = """
        @id("t") @note("kept") @bare permit(principal == ?principal, action, resource is R in ?resource) when { context.ok };
        @id("s") forbid(principal in ?principal, action, resource);
        @id("p") permit(principal, action == Action::"x", resource);
        """
    private let policies: PolicySet
    private let alice = EntityUID(type: "U", id: "alice")
    private let folder = EntityUID(type: "F", id: "f")
    private let file = EntityUID(type: "R", id: "r")

    init() throws { policies = try PolicySet(parsing: Self.text, fileName: "t.cedar") }

    private func answer(_ policies: PolicySet, _ principal: EntityUID) throws -> Response {
        policies.authorize(
            Request(
                principal: principal, action: EntityUID(type: "Action", id: "y"), resource: file, context: ["ok": true]),
            try Entities([Entity(uid: file, parents: [folder])]))
    }

    @Test func `a template decides nothing until it is linked`() throws {
        #expect(policies.templates.map(\.id) == ["t", "s"] && policies.policies.map(\.id) == ["p"])
        #expect(try answer(policies, alice).decision == .deny)
        var linked = policies
        try linked.link(template: "t", as: "l", values: [.principal: alice, .resource: folder])
        #expect(try answer(linked, alice).reasons == ["l"])
        #expect(try answer(linked, EntityUID(type: "U", id: "bob")).decision == .deny)
        try linked.link(template: "s", as: "m", values: [.principal: alice])
        #expect(try answer(linked, alice).reasons == ["m"])
    }

    @Test func `a link has the annotations of its template and knows it`() throws {
        var linked = policies
        try linked.link(template: "t", as: "l", values: [.principal: alice, .resource: folder])
        let link = try #require(linked["l"])
        #expect(link.annotation("note") == "kept" && link.annotation("id") == "t" && link.annotation("bare") == "")
        #expect(link.link?.template == "t" && link.link?.values == [.principal: alice, .resource: folder])
        #expect(!link.isTemplate && linked["t"]?.slots == [.principal, .resource])
    }

    @Test func `a link fills exactly the slots, under a new name`() throws {
        var linked = policies
        func error(_ template: PolicyID, _ id: PolicyID, _ values: [Slot: EntityUID]) -> TemplateLinkError? {
            var copy = linked
            do throws(TemplateLinkError) {
                try copy.link(template: template, as: id, values: values)
                return nil
            } catch {
                return error
            }
        }
        #expect(error("x", "l", [:]) == .noSuchTemplate("x"))
        #expect(error("p", "l", [:]) == .noTemplate("p"))
        #expect(error("t", "l", [.principal: alice]) == .missingValue(.resource, template: "t"))
        #expect(
            error("s", "l", [.principal: alice, .resource: folder]) == .surplusValue(.resource, template: "s"))
        for taken: PolicyID in ["t", "s", "p"] {
            #expect(error("s", taken, [.principal: alice]) == .nameIsTaken(taken))
        }
        try linked.link(template: "s", as: "l", values: [.principal: alice])
        #expect(error("s", "l", [.principal: alice]) == .nameIsTaken("l"))
        #expect(error("l", "m", [.principal: alice]) == .noTemplate("l"))
    }

    @Test func `links survive merging and their templates' new names`() throws {
        var first = try PolicySet(parsing: "permit(principal == ?principal, action, resource);", fileName: "a.cedar")
        try first.link(template: "policy0", as: "l", values: [.principal: alice])
        let other = try PolicySet(parsing: "forbid(principal, action, resource) when { false };", fileName: "b.cedar")
        let merged = try PolicySet(merging: [other, first])
        #expect(merged["l"]?.link?.template == "policy1" && merged["policy1"]?.isTemplate == true)
        #expect(try answer(merged, alice).reasons == ["l"])
        #expect(throws: PolicyParseError.self) { try PolicySet(merging: [first, first]) }
    }

    @Test func `templates and links are written and read as JSON`() throws {
        var linked = policies
        try linked.link(template: "t", as: "l", values: [.principal: alice, .resource: folder])
        let json = try linked.json()
        #expect(
            json["templateLinks"]?.canonical == [
                [
                    "newId": "l", "templateId": "t",
                    "values": [
                        "?principal": ["id": "alice", "type": "U"], "?resource": ["id": "f", "type": "F"],
                    ],
                ]
            ])
        let read = try PolicySet(json: json.description, fileName: "p.json")
        #expect(try read.json().canonical == json.canonical)
        #expect(try answer(read, alice).reasons == ["l"])
        // By itself, a link is written with its entities.
        let alone = try #require(linked["l"]).json()
        #expect(alone["principal"]?.canonical == ["entity": ["id": "alice", "type": "U"], "op": "=="])
        #expect(
            alone["resource"]?.canonical == [
                "entity_type": "R", "in": ["entity": ["id": "f", "type": "F"]], "op": "is",
            ])
    }
}
