internal import Cedar

/// What a residual reads of the resource that is not known when somebody connects.
struct ResidualReads {
    static let subjectPath: [CedarString] = ["subject"]
    private(set) var key = false
    private(set) var row = false

    init(_ residual: TypedResidual) { collect(residual) }

    private mutating func collect(_ residual: TypedResidual) {
        if let path = residual.resourcePath {
            if path == KeyPredicate.keyPath || path == Self.subjectPath { key = true }
            if path.first == RowVocabulary.attribute { row = true }
            return
        }
        for operand in residual.operands where !(key && row) { collect(operand) }
    }
}

extension TypedResidual {
    var isKey: Bool { resourcePath == KeyPredicate.keyPath }
}
