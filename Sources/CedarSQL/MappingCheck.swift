internal import Cedar

extension TableMapping {
    /// Every way in which it contradicts the schema.
    func problems(as type: EntityTypeName, in schema: Schema) -> [RowMappingError] {
        guard let entityType = schema.entityTypes[type] else {
            return [
                RowMappingError(
                    place: type.description, message: "the schema has no such entity type",
                    help: "declare it, or correct the name")
            ]
        }
        var problems: [RowMappingError] = []
        for (path, column) in attributes.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let place = "\(type).\(path.map(\.text).joined(separator: "."))"
            if let problem = column.problem(at: path, of: entityType, in: schema) {
                problems.append(RowMappingError(place: place, message: problem.message, help: problem.help))
            }
        }
        for parent in parents.keys.sorted() where !entityType.parents.contains(parent) {
            problems.append(
                RowMappingError(
                    place: "\(type).\(parent)", message: "the schema does not let \(type) be in \(parent)",
                    help: "declare `entity \(type) in [\(parent)]`, or remove it"))
        }
        return problems
    }
}

extension ColumnMapping {
    fileprivate func problem(
        at path: [CedarString], of type: Schema.EntityType, in schema: Schema
    ) -> (message: String, help: String)? {
        var record = type.attributes
        var isOptional = false
        var isElsewhere = false
        for (position, name) in path.enumerated() {
            guard let attribute = record[name] else {
                return ("the schema declares no attribute \(name.literal) there", "declare it, or correct the name")
            }
            isOptional = isOptional || !attribute.isRequired
            guard position < path.count - 1 else {
                guard self.type.holds(attribute.type) else {
                    return (
                        "a column of type \(self.type) cannot hold what the schema declares",
                        "change one of the two"
                    )
                }
                // An entity that a row names may not exist, whatever attributes its type has.
                guard isElsewhere ? isOptional && !isNullable : isNullable != isOptional else { return nil }
                return isNullable
                    ? (
                        "the column may be NULL, but the schema requires the attribute",
                        "make the attribute optional, `\(name.text)?: …`, or the column NOT NULL"
                    )
                    : (
                        "the schema has the attribute optional, but the column is never NULL",
                        "make the attribute required, or say that the column is nullable"
                    )
            }
            switch attribute.type {
            case .record(let inner): record = inner
            case .entity(let other):
                isElsewhere = true
                record = schema.entityTypes[other]?.attributes ?? RecordType()
            default:
                return ("\(name.literal) has no attributes", "end the path there")
            }
        }
        return ("the path is empty", "name an attribute")
    }
}
