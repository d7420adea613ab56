public import Cedar

/// One residual as a test of a row, for those who combine it with conditions of their own.
public struct ResidualCondition: Sendable, Hashable {
    /// TRUE of the rows of which the residual is true, FALSE of all others, those on which it fails among them; never
    /// NULL if the mapping tells the truth.
    public let expression: SQLExpression
    /// The attributes that it asks for, sorted.
    public let paths: [[CedarString]]
    /// What must hold of a row for the residual to mean anything, by attribute: that it has no value that Cedar has
    /// not, such as `NaN`. Nothing can be said of another row: a permit must not apply to it, and a forbid must.
    public let representability: [[CedarString]: SQLExpression]

    /// - Parameters:
    ///   - residual: What is left of `policy` once all but the row is known.
    ///   - span: Where the policy stands.
    ///   - table: The attributes below the resource that are columns, checked against the schema.
    /// - Throws: Everything that SQL cannot express.
    public init(
        _ residual: TypedResidual, of policy: PolicyID, at span: SourceSpan?, schema: Schema,
        resourceType: EntityTypeName, table: TableMapping
    ) throws(RowConditionError) {
        var translation = ResidualTranslation(
            policy: policy, span: span, schema: schema, resourceType: resourceType, table: table,
            entities: Entities())
        let condition = translation.condition(residual, need: .exact)
        guard translation.rejections.isEmpty else {
            throw RowConditionError(rejections: translation.rejections)
        }
        expression = condition.mayBeNull ? condition.sql.test(.isTrue) : condition.sql
        var paths: Set<[CedarString]> = []
        residual.collectPaths(of: table, into: &paths)
        self.paths = paths.sorted { $0.lexicographicallyPrecedes($1) }
        let tests = self.paths.compactMap { path in
            table.attributes[path]?.isRepresentable.map { (path, $0.test(.isTrue)) }
        }
        representability = Dictionary(tests) { first, _ in first }
    }

    /// What stands in the way of translating a residual, whoever asks: principal, context and all of the resource but
    /// `rowAttribute` may still be open in it, and count as known by then.
    public static func rejections(
        _ residual: TypedResidual, of policy: PolicyID, at span: SourceSpan?, schema: Schema,
        resourceType: EntityTypeName, table: TableMapping, rowAttribute: CedarString
    ) -> [Rejection] {
        var translation = ResidualTranslation(
            policy: policy, span: span, schema: schema, resourceType: resourceType, table: table,
            entities: Entities(), isRequestKnown: false, rowAttribute: rowAttribute)
        _ = translation.condition(residual, need: .exact)
        return translation.rejections
    }
}

extension TypedResidual {
    fileprivate func collectPaths(of table: TableMapping, into paths: inout Set<[CedarString]>) {
        var path = resourcePath
        if case .has(let operand, let names) = kind { path = operand.resourcePath.map { $0 + names } }
        if let path, table.attributes[path] != nil { paths.insert(path) }
        for operand in operands { operand.collectPaths(of: table, into: &paths) }
    }
}
