import Cedar
import TestSupport
import Testing

@Suite struct `Typed partial evaluation` {
    private static let principal = EntityUID(type: "User", id: "alice")
    private static let action = EntityUID(type: "Action", id: "read")
    private static let resource = EntityUID(type: "Row", id: "r1")

    private static func schema() throws -> Schema {
        try Schema(parsing: PolicyGenerator.schema, fileName: "test.cedarschema")
    }

    private static func residual(_ expression: String) throws -> String {
        let policies = try PolicySet(
            parsing: "permit(principal, action, resource) when { \(expression) };", fileName: "test.cedar")
        let entities = try Entities([Entity(uid: principal, attributes: ["clearance": 3, "home": "DE", "tags": []])])
        let response = try policies.partiallyAuthorize(
            PartialRequest(
                principal: .known(principal), action: action, resource: .unknown("Row"), context: ["region": "EU"]),
            PartialEntities(entities), schema: schema())
        return response.residuals.first?.residual.description ?? "false"
    }

    @Test(arguments: [
        ("true && resource.flag", "resource.flag"), ("resource.flag && true", "resource.flag"),
        ("false && resource.flag", "false"), ("resource.flag && false", "false"),
        ("resource.mark && false", "resource.mark && false"),
        ("resource has mark && resource.mark && false", "false"),
        ("true || resource.flag", "true"), ("resource.flag || true", "true"),
        ("resource.mark || true", "resource.mark || true"), ("resource.flag || false", "resource.flag"),
        ("principal.clearance >= 2 && context.region == \"EU\" && resource.name == \"a\"", "resource.name == \"a\""),
        ("resource has name", "true"), ("resource has alias", "resource has alias"), ("resource has typo", "false"),
        ("resource has subject.id", "resource.subject has id"),
        ("resource has extra.level", "resource has extra.level"),
        ("resource.owner has home", "resource.owner has home"),
        ("resource is Row", "true"), ("resource is User", "false"), ("resource.owner is User", "true"),
        ("resource.editor is User", "resource.editor is User"),
        ("resource == Row::\"x\"", "resource == Row::\"x\""), ("resource == principal", "false"),
        ("resource in Team::\"red\"", "resource in Team::\"red\""), ("resource in User::\"x\"", "false"),
        ("resource.owner == Other::\"x\"", "false"), ("resource.n == (1 + \"x\")", "9223372036854775807 + 1"),
        ("resource.flag && 1 == (9223372036854775807 + 1)", "resource.flag && 9223372036854775807 + 1"),
        ("[resource.n, 1 + 1].contains(2)", "[resource.n, 2].contains(2)"),
        ("(if resource.flag then 1 + 1 else resource.n) < 3", "(if resource.flag then 2 else resource.n) < 3"),
        (
            "resource.hasTag(\"x\") && resource.getTag(\"x\") == \"y\"",
            "resource.hasTag(\"x\") && resource.getTag(\"x\") == \"y\""
        ),
        ("{a: resource.n, b: 1}.b == 1", "true"),
        ("{a: resource.m, b: 1}.b == 1", "{\"a\": resource.m, \"b\": 1}.b == 1"),
        ("resource.typo == 1", "9223372036854775807 + 1"),
    ])
    func `leaves what depends on the resource`(_ expression: String, _ residual: String) throws {
        #expect(try Self.residual(expression) == residual)
    }

    @Test func `refuses what the schema does not allow`() throws {
        let policies = try PolicySet(parsing: "permit(principal, action, resource);", fileName: "test.cedar")
        for (action, resource) in [("write", "Row"), ("read", "Team")] {
            #expect(throws: PartialRequestError.self) {
                try policies.partiallyAuthorize(
                    PartialRequest(
                        principal: .known(Self.principal),
                        action: EntityUID(type: "Action", id: CedarString(action)),
                        resource: .unknown(EntityTypeName(CedarString(resource))), context: nil),
                    PartialEntities(Entities()), schema: Self.schema())
            }
        }
    }

    @Test(arguments: 0..<4)
    func `a residual with values is the direct answer`(_ seed: UInt64) throws {
        let schema = try Self.schema()
        var generator = PolicyGenerator(seed: seed, isTranslatable: false)
        generator.mistyped = seed % 2 == 0 ? 0 : 3
        var early = 0
        for _ in 0..<60 {
            let text = generator.policies()
            let policies = try PolicySet(parsing: text, fileName: "test.cedar")
            for _ in 0..<4 {
                let world = try World(&generator)
                let whole = try PartialEntities(world.entities.adding(schema.actionEntities))
                let direct = policies.authorize(world.request, whole.known)
                let response = try policies.partiallyAuthorize(
                    world.partialRequest(&generator), world.partialEntities(&generator), schema: schema)
                let request = PartialRequest(
                    principal: .known(world.request.principal), action: world.request.action,
                    resource: .known(world.request.resource), context: world.request.context)
                let answer = response.substituting(request, whole)
                try #require(answer.response?.decision == direct.decision, "\(text)\n\(response.residuals)")
                try #require(answer.response?.reasons == direct.reasons, "\(text)\n\(response.residuals)")
                try #require(
                    answer.errors.map(\.policy) == direct.errors.map(\.policy), "\(text)\n\(response.residuals)")
                if let decision = response.decision {
                    early += 1
                    try #require(decision == direct.decision, "\(text)\n\(response.residuals)")
                }
                for residual in response.residuals {
                    let printed = "permit(principal, action, resource) when { \(residual.residual) };"
                    let read = try PolicySet(parsing: printed, fileName: "residual.cedar")
                        .authorize(world.request, whole.known)
                    let fails = direct.errors.contains { $0.policy == residual.policy }
                    try #require(read.errors.isEmpty == !fails, "\(text)\n\(printed)")
                    let one = answer.residuals.first { $0.policy == residual.policy }
                    try #require((read.decision == .allow) == (one?.residual.value == true), "\(text)\n\(printed)")
                }
            }
        }
        #expect(early > 50)
    }
}

/// Entities and a request that are as the schema says.
private struct World {
    let entities: Entities
    let request: Request

    init(_ generator: inout PolicyGenerator) throws {
        func uid(_ type: EntityTypeName, _ id: String) -> EntityUID { EntityUID(type: type, id: CedarString(id)) }
        func string() -> Value {
            .string(CedarString(generator.pick(Array(PolicyGenerator.strings.prefix(9))) ?? ""))
        }
        func set(_ element: () -> Value) -> Value {
            .set(ValueSet((0..<Int.random(in: 0...2, using: &generator.random)).map { _ in element() }))
        }
        func long() -> Value { .long(generator.pick(PolicyGenerator.numbers).flatMap { Int64($0) } ?? 0) }
        func user() -> Value { .entity(uid("User", generator.pick(PolicyGenerator.users) ?? "")) }
        func team() -> EntityUID { uid("Team", generator.pick(PolicyGenerator.teams) ?? "") }
        var all: [Entity] = []
        for id in PolicyGenerator.teams.prefix(3) {
            let parents = generator.chance(50) ? [uid("Org", "acme")] : []
            all.append(Entity(uid: uid("Team", id), attributes: ["name": string()], parents: parents))
        }
        for id in PolicyGenerator.users.prefix(3) {
            var attributes: [CedarString: Value] = ["clearance": long(), "home": string(), "tags": set(string)]
            if generator.chance(50) { attributes["boss"] = user() }
            if generator.chance(50) { attributes["nick"] = string() }
            let parents = generator.chance(60) ? [team()] : []
            all.append(Entity(uid: uid("User", id), attributes: ValueRecord(attributes), parents: parents))
        }
        var row: [CedarString: Value] = [:]
        func add(_ required: CedarString?, _ optional: CedarString?, _ value: () -> Value) {
            if let required { row[required] = value() }
            if let optional, generator.chance(50) { row[optional] = value() }
        }
        add("name", "alias", string)
        add("n", "m", long)
        add("flag", "mark") { .bool(generator.chance(50)) }
        add("at", "until") { .datetime(CedarDatetime(millisecondsSince1970: generator.chance(50) ? 0 : 86_400_001)) }
        add("lasts", "wait") { .duration(CedarDuration(milliseconds: generator.chance(50) ? -1 : 86_400_000)) }
        add("price", "rebate") { .decimal(CedarDecimal(tenThousandths: generator.chance(50) ? 1 : 15_000)) }
        let addresses = try PolicyGenerator.addresses.map { Value.address(try CedarAddress(parsing: $0)) }
        add("from", "via") { generator.pick(addresses) ?? true }
        add("labels", "hints") { set(string) }
        add("counts", nil) { set(long) }
        add("owner", "editor", user)
        add("readers", nil) { set(user) }
        add("team", nil) { .entity(team()) }
        add("other", nil) { .entity(uid("Other", "x")) }
        var subject: [CedarString: Value] = ["home": string()]
        if generator.chance(50) { subject["id"] = string() }
        row["subject"] = .record(ValueRecord(subject))
        add(nil, "extra") { ["level": long()] }
        var tags: [CedarString: Value] = [:]
        for tag in ["x", "y", "a"] where generator.chance(40) { tags[CedarString(tag)] = string() }
        let resource = uid("Row", generator.chance(50) ? "r1" : "r2")
        let parents = generator.chance(50) ? [team()] : []
        all.append(
            Entity(uid: resource, attributes: ValueRecord(row), parents: parents, tags: ValueRecord(tags)))
        entities = try Entities(all)
        var context: [CedarString: Value] = ["region": string()]
        if generator.chance(50) { context["level"] = long() }
        request = Request(
            principal: uid("User", generator.chance(70) ? "alice" : "bob"), action: uid("Action", "read"),
            resource: resource, context: ValueRecord(context))
    }

    func partialRequest(_ generator: inout PolicyGenerator) -> PartialRequest {
        PartialRequest(
            principal: generator.chance(70) ? .known(request.principal) : .unknown("User"), action: request.action,
            resource: generator.chance(40) ? .known(request.resource) : .unknown("Row"),
            context: generator.chance(60) ? request.context : nil)
    }

    /// Some entities lose some of their parts.
    func partialEntities(_ generator: inout PolicyGenerator) -> PartialEntities {
        var partly: [EntityUID: PartialEntities.PartlyKnown] = [:]
        for uid in [request.principal, request.resource, EntityUID(type: "Team", id: "red")] {
            guard generator.chance(50), let entity = entities[uid] else { continue }
            partly[uid] = PartialEntities.PartlyKnown(
                attributes: generator.chance(50) ? entity.attributes : nil,
                ancestors: generator.chance(50) ? entities.ancestors(of: uid) : nil,
                tags: generator.chance(50) ? entity.tags : nil)
        }
        return PartialEntities(entities, partlyKnown: partly)
    }
}
