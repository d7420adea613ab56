import Cedar

/// A parser, what it reads when all is well, and the call that must neither crash nor take long.
struct Target: Sendable {
    let name: String
    let seeds: [String]
    let read: @Sendable (String) -> Void

    static func all(_ seeds: Seeds) -> [Target] {
        [
            Target(name: "policies", seeds: seeds.policies) { text in
                _ = try? PolicySet(parsing: text, fileName: "fuzz")
            },
            Target(name: "policies, formatted", seeds: seeds.policies) { text in
                _ = try? PolicyFormatter().format(text, fileName: "fuzz")
            },
            Target(name: "policies as JSON", seeds: seeds.policiesAsJSON) { text in
                guard let policies = try? PolicySet(json: text, fileName: "fuzz") else { return }
                for policy in policies.policies { _ = policy.cedarText }
            },
            Target(name: "schemas", seeds: seeds.schemas) { text in
                _ = try? Schema(parsing: text, fileName: "fuzz")
            },
            Target(name: "schemas as JSON", seeds: seeds.schemasAsJSON) { text in
                _ = try? Schema(json: text, fileName: "fuzz")
            },
            Target(name: "entities", seeds: seeds.entities) { text in
                _ = try? Entities(json: text, fileName: "fuzz")
            },
            Target(name: "requests", seeds: seeds.requests) { text in
                _ = try? Request(json: text, fileName: "fuzz")
            },
            Target(name: "policies, validated", seeds: seeds.policies) { text in
                guard let policies = try? PolicySet(parsing: text, fileName: "fuzz") else { return }
                for schema in seeds.parsedSchemas.prefix(2) { _ = policies.validate(against: schema) }
            },
        ]
    }
}
