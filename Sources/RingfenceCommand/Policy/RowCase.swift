import Cedar
import CedarSQL

/// One line of `policy sql` and `policy residual`: policies about a principal, an action and any row.
struct RowCase {
    private let line: PolicyCase
    private let schema: Schema
    private let principal: EntityUID
    private let action: EntityUID

    init(_ json: JSONValue) throws(CaseError) {
        line = try PolicyCase(json)
        guard let schema = line.schema else { throw CaseError("schema is missing") }
        self.schema = schema
        principal = try PolicyCase.entity(json["principal"] ?? JSONValue(.null), "principal")
        action = try PolicyCase.entity(json["action"] ?? JSONValue(.null), "action")
    }

    func sql() throws(CaseError) -> JSONValue {
        let mapping = try mapping()
        let policies = try policies()
        let type = try resourceType { mapping.tables[$0] != nil }
        let context = try context()
        let entities = try line.entities()
        do throws(RowConditionError) {
            let condition = try RowCondition(
                policies: policies, schema: schema, mapping: mapping, principal: principal, action: action,
                resourceType: type, context: context, entities: entities)
            return ["id": line.id, "sql": .text(condition.predicate.description), "rejected": []]
        } catch {
            let rejected = error.rejections.map(Self.json)
            return ["id": line.id, "sql": JSONValue(.null), "rejected": JSONValue(.array(rejected))]
        }
    }

    func residual() throws(CaseError) -> JSONValue {
        let policies = try policies()
        let request = PartialRequest(
            principal: .known(principal), action: action, resource: .unknown(try resourceType { _ in true }),
            context: try context())
        let entities = PartialEntities(try line.entities())
        let response: TypedPartialResponse
        do throws(PartialRequestError) {
            response = try policies.partiallyAuthorize(request, entities, schema: schema)
        } catch {
            throw CaseError("\(error)")
        }
        let residuals = response.residuals.map { policy -> JSONValue in
            [
                "policy": JSONValue(.string(policy.policy.text)), "effect": .text(policy.effect.rawValue),
                "residual": .text(policy.residual.description),
            ]
        }
        return [
            "id": line.id, "decision": response.decision.map { .text($0.rawValue) } ?? JSONValue(.null),
            "residuals": JSONValue(.array(residuals)),
        ]
    }

    private func policies() throws(CaseError) -> PolicySet {
        var policies: PolicySet
        do throws(PolicyParseError) {
            policies = try line.policies()
        } catch {
            throw CaseError("policy", error.diagnostics)
        }
        try line.link(&policies)
        return policies
    }

    private func mapping() throws(CaseError) -> RowMapping {
        do throws(RowMappingError) {
            return try RowMapping(json: line.json["mapping"] ?? JSONValue(.null))
        } catch {
            throw CaseError("\(error)")
        }
    }

    private func context() throws(CaseError) -> ValueRecord {
        do throws(CedarDiagnostic) {
            return try ValueRecord(
                json: (line.json.optional("context") ?? [:]).description, fileName: "context", action: action,
                schema: schema)
        } catch {
            throw CaseError("\(error)")
        }
    }

    /// The type that the line names, or else the only one of those that the action applies to.
    private func resourceType(_ isMeant: (EntityTypeName) -> Bool) throws(CaseError) -> EntityTypeName {
        if let name = line.json.optional("resource") {
            guard let type = name.string.flatMap({ EntityTypeName(parsing: $0.text) }) else {
                throw CaseError("resource: \(name) is no entity type")
            }
            return type
        }
        let types = Set(schema.requestEnvironments(for: action).map(\.resource)).filter(isMeant).sorted()
        guard types.count == 1 else {
            throw CaseError(
                types.isEmpty
                    ? "\(action) applies to no entity type that is mapped"
                    : "resource is missing: \(action) applies to \(types.map(\.description).joined(separator: ", "))")
        }
        return types[0]
    }

    private static func json(_ rejection: Rejection) -> JSONValue {
        [
            "policy": rejection.policy.map { JSONValue(.string($0.text)) } ?? JSONValue(.null),
            "span": rejection.span.map { .text($0.description) } ?? JSONValue(.null),
            "reason": .text("\(rejection.construct): \(rejection.reason)"), "remedy": .text(rejection.remedy),
        ]
    }
}
