internal import Cedar

/// What is left of the policies for one principal and action while nothing is known of the column.
///
/// Columns that do not differ in what is left to ask get one answer, so there is no need to ask about each.
struct OpenQuestion {
    let response: TypedPartialResponse
    /// The attributes of the column that the answer depends on.
    private var attributes: Set<CedarString> = []
    private var asksWhichColumn = false

    /// What the answer depends on, of one column.
    struct Distinction: Hashable {
        fileprivate let column: EntityUID?
        fileprivate let attributes: [PartialRecord.Field?]
    }

    init(_ response: TypedPartialResponse) {
        self.response = response
        for policy in response.residuals { collect(policy.residual) }
    }

    private mutating func collect(_ residual: TypedResidual) {
        switch residual.kind {
        case .attribute(let operand, let name, _) where operand.isResource: attributes.insert(name)
        case .has(let operand, let names) where operand.isResource: attributes.formUnion(names.prefix(1))
        case .variable(.resource): asksWhichColumn = true
        // Of a column that is named something is known only if it is the one that is asked about.
        case .value(let value): asksWhichColumn = asksWhichColumn || value.namesColumn
        default: for operand in residual.operands { collect(operand) }
        }
    }

    func distinction(of uid: EntityUID, _ column: PartialEntities.PartlyKnown) -> Distinction {
        Distinction(
            column: asksWhichColumn ? uid : nil,
            attributes: attributes.map { column.attributes?.fields[$0] })
    }
}

extension TypedResidual {
    fileprivate var isResource: Bool { if case .variable(.resource) = kind { true } else { false } }
}

extension Value {
    fileprivate var namesColumn: Bool {
        switch self {
        case .entity(let uid): uid.type == CedarModel.column
        case .set(let set): set.contains(where: \.namesColumn)
        case .record(let record): record.contains { $0.value.namesColumn }
        case .bool, .long, .string, .decimal, .address, .datetime, .duration: false
        }
    }
}
