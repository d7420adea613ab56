internal import Cedar
internal import CedarSQL

/// Finds what policies ask of the subject's key and of the row that SQL could not answer exactly.
///
/// Everything else is known when somebody connects. A key is a text that is compared with texts; ``KeyPredicate`` has
/// what can be said of it. What can be asked of the row is for ``ResidualCondition`` to say.
struct ExpressibilityReview {
    private let schema: Schema
    private let rows: RowVocabulary
    private let policies: PolicySet

    init(_ schema: Schema, _ rows: RowVocabulary, _ policies: PolicySet) {
        self.schema = schema
        self.rows = rows
        self.policies = policies
    }

    func findings() -> [ReviewFinding] {
        var found: [ReviewFinding] = []
        func add(_ finding: ReviewFinding) { if !found.contains(finding) { found.append(finding) } }
        for environment in schema.requestEnvironments {
            guard let response = response(environment, .unknown(environment.resource), PartialEntities(Entities()))
            else { continue }
            for policy in response.residuals {
                for finding in findings(policy.policy, policy.residual, nil) { add(finding) }
            }
            for table in rows.tables where response.consulted.contains(table.path) {
                let uid = EntityUID(type: environment.resource, id: "")
                let column = PartialEntities.PartlyKnown(
                    attributes: open(table, environment.resource), ancestors: nil, tags: nil)
                let entities = PartialEntities(Entities(), partlyKnown: [uid: column])
                for policy in self.response(environment, .known(uid), entities)?.residuals ?? [] {
                    for finding in findings(policy.policy, policy.residual, table) { add(finding) }
                }
            }
        }
        return found
    }

    /// Where policies ask of the row, if there is no database to say what a row has.
    func questionsToUnknownRows() -> [PolicyID: SourceSpan] {
        // Most policies never mention one: the word is not in their text.
        guard rows.tables.isEmpty,
            policies.policies.contains(where: { $0.cedarText.contains(RowVocabulary.attribute.text) })
        else { return [:] }
        var found: [PolicyID: SourceSpan] = [:]
        for environment in schema.requestEnvironments {
            let response = response(environment, .unknown(environment.resource), PartialEntities(Entities()))
            for (policy, attributes) in response?.undeclared ?? [:] where found[policy] == nil {
                let question = attributes.first {
                    $0.name == RowVocabulary.attribute && $0.owner == .entity(CedarModel.column)
                }
                found[policy] = question.flatMap { $0.span ?? policies[policy]?.span }
            }
        }
        return found
    }

    /// Why a column that a policy asks for is no attribute of its row, by the place where it is asked for.
    func omissions() -> [SourceSpan: String] {
        var found: [SourceSpan: String] = [:]
        for environment in schema.requestEnvironments {
            let response = response(environment, .unknown(environment.resource), PartialEntities(Entities()))
            for attribute in response?.undeclared.values.flatMap({ $0 }) ?? [] {
                let table = rows.tables.first { attribute.owner == .record(RecordType($0.columns)) }
                guard let span = attribute.span, let reason = table?.omitted[attribute.name] else { continue }
                found[span] = reason
            }
        }
        return found
    }

    private func response(
        _ environment: RequestEnvironment, _ resource: PartialRequest.Party, _ entities: PartialEntities
    ) -> TypedPartialResponse? {
        let request = PartialRequest(
            principal: .unknown(environment.principal), action: environment.action, resource: resource, context: nil)
        return try? policies.partiallyAuthorize(request, entities, schema: schema)
    }

    /// Some column of a table: only that it is one of this table's is known.
    private func open(_ table: RowVocabulary.Table, _ type: EntityTypeName) -> PartialRecord {
        let names = schema.entityTypes[type]?.attributes.attributes.keys.map { $0 } ?? []
        var fields = Dictionary(names.map { ($0, PartialRecord.Field.unknown) }) { $1 }
        fields["schema"] = .known(.string(CedarString(table.name.schema)))
        fields["table"] = .known(.string(CedarString(table.name.table)))
        fields[RowVocabulary.attribute] = .partly(table.record())
        return PartialRecord(fields)
    }

    private func findings(
        _ policy: PolicyID, _ residual: TypedResidual, _ table: RowVocabulary.Table?
    ) -> [ReviewFinding] {
        let reads = ResidualReads(residual)
        switch (reads.key, reads.row) {
        case (false, false): return []
        case (true, false):
            return Self.places(in: residual).map { place in
                let path = place.resourcePath == ResidualReads.subjectPath ? "resource.subject" : "resource.subject.id"
                return finding(
                    policy, place.span, "SQL cannot express what this asks of `\(path)`",
                    "compare resource.subject.id with ==, like or [ … ].contains( … ), as texts")
            }
        case (false, true):
            guard let table else { return [] }
            return ResidualCondition.rejections(
                residual, of: policy, at: policies[policy]?.span, schema: schema, resourceType: CedarModel.column,
                table: table.mapping, rowAttribute: RowVocabulary.attribute
            ).map {
                finding(
                    policy, $0.span, "SQL cannot express what this asks of the row (\($0.construct)): \($0.reason)",
                    $0.remedy)
            }
        case (true, true):
            switch residual.kind {
            case .and, .or, .not, .if: return residual.operands.flatMap { findings(policy, $0, table) }
            default:
                return [
                    finding(
                        policy, residual.span, "this compares the row with `resource.subject.id`",
                        "compare each of them with something that is known before the row is")
                ]
            }
        }
    }

    private func finding(_ policy: PolicyID, _ span: SourceSpan?, _ message: String, _ help: String) -> ReviewFinding {
        ReviewFinding(
            rule: .inexpressible, severity: .error, policy: policy,
            diagnostic: CedarDiagnostic(
                message: message,
                span: span ?? policies[policy]?.span
                    ?? SourceSpan(file: "", startOffset: 0, endOffset: 0, line: 0, column: 0), help: help))
    }

    /// Where the key, or the subject as a whole, is used otherwise than a ``KeyPredicate`` can.
    private static func places(in residual: TypedResidual) -> [TypedResidual] {
        if residual.isKey || residual.resourcePath == ResidualReads.subjectPath { return [residual] }
        // Another attribute: it is known by then.
        if residual.resourcePath != nil { return [] }
        switch residual.kind {
        case .binary(.equal, let left, let right) where left.isKey || right.isKey:
            if left.isKey, right.isKey { return [] }
            return places(in: left.isKey ? right : left)
        case .binary(.contains, let set, let element) where element.isKey: return places(in: set)
        case .like(let operand, _) where operand.isKey: return []
        case .has(let operand, _) where operand.resourcePath != nil: return []
        default: return residual.operands.flatMap(places)
        }
    }
}
