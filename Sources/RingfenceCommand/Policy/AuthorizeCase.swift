import Cedar

/// One line of `policy authorize`: its policies, its entities, and the requests that they decide.
struct AuthorizeCase {
    private let line: PolicyCase

    init(_ json: JSONValue) throws(CaseError) { line = try PolicyCase(json) }

    func answer(_ clock: inout DecisionClock) throws(CaseError) -> JSONValue {
        var policies: PolicySet
        do throws(PolicyParseError) {
            policies = try line.policies()
        } catch {
            return [
                "id": line.id, "parsed": false, "valid": JSONValue(.null), "est": JSONValue(.null), "results": [],
                "problems": JSONValue(.array(error.diagnostics.map { .text($0.description) })),
            ]
        }
        try line.link(&policies)
        let est: JSONValue
        do throws(CedarDiagnostic) {
            est = try policies.json()
        } catch {
            throw CaseError("policy", [error])
        }
        let valid = line.schema.map { JSONValue(.bool(policies.validate(against: $0).isValid)) }
        return [
            "id": line.id, "parsed": true, "valid": valid ?? JSONValue(.null), "est": est,
            "results": JSONValue(.array(try results(policies, &clock))),
        ]
    }

    private func results(_ policies: PolicySet, _ clock: inout DecisionClock) throws(CaseError) -> [JSONValue] {
        let requests = try line.requests()
        let entities = requests.isEmpty ? Entities() : try line.entities()
        let responses = clock.time {
            requests.map { request in request.map { policies.authorize($0, entities) } }
        }
        return responses.map { response in
            switch response {
            case .success(let response): Self.json(response)
            case .failure(let error):
                ["decision": JSONValue(.null), "reason": [], "errors": [], "error": .text(error.message)]
            }
        }
    }

    private static func json(_ response: Response) -> JSONValue {
        func names(_ ids: [PolicyID]) -> JSONValue { JSONValue(.array(ids.map { JSONValue(.string($0.text)) })) }
        return [
            "decision": .text(response.decision.rawValue), "reason": names(response.reasons),
            "errors": names(response.errors.map(\.policy)),
        ]
    }
}

/// The time that decisions took, apart from reading what they are about.
struct DecisionClock {
    private var decisions = 0
    private var elapsed = Duration.zero

    mutating func time<R>(_ decide: () -> [R]) -> [R] {
        var results: [R] = []
        elapsed += ContinuousClock().measure { results = decide() }
        decisions += results.count
        return results
    }

    var json: JSONValue {
        let (seconds, attoseconds) = elapsed.components
        return [
            "decisions": JSONValue(integerLiteral: Int64(decisions)),
            "seconds": JSONValue(.number(String(Double(seconds) + Double(attoseconds) / 1e18))),
        ]
    }
}
