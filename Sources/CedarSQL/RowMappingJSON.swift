public import Cedar

/// A mapping that cannot be taken.
public struct RowMappingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where in the mapping, `Row.attributes.home.type`.
    public var place: String
    /// A sentence without a full stop, in lower case.
    public var message: String
    public var help: String

    public init(place: String, message: String, help: String) {
        self.place = place
        self.message = message
        self.help = help
    }

    public var description: String { "\(place.isEmpty ? "the mapping" : place): \(message) (\(help))" }
}

extension RowMapping {
    /// Reads `{"Row": {"table": "rows", "id": "id", "attributes": {"home": {"sql": "home", "type": "text",
    /// "nullable": true}}, "parents": {"Team": {…}}}}`.
    ///
    /// An attribute's name may be a path, `subject.home`; a name that has a dot itself is in double quotes. An array's
    /// column may say `"nullElements": false`.
    ///
    /// - Throws: The first thing that is wrong, with its place.
    public init(json: JSONValue) throws(RowMappingError) {
        let reader = MappingReader(value: json, place: "")
        var tables: [EntityTypeName: TableMapping] = [:]
        for (name, table) in try reader.members() {
            tables[try table.entityType(name)] = try table.table()
        }
        self.init(tables)
    }
}

private struct MappingReader {
    let value: JSONValue
    let place: String

    func failure(_ message: String, _ help: String) -> RowMappingError {
        RowMappingError(place: place, message: message, help: help)
    }

    func members() throws(RowMappingError) -> [(name: String, value: MappingReader)] {
        guard let members = value.members else {
            throw failure("this is no object", "write `{…}`")
        }
        var names: Set<CedarString> = []
        var result: [(name: String, value: MappingReader)] = []
        for member in members {
            let name = member.key.text
            let reader = MappingReader(value: member.value, place: place.isEmpty ? name : "\(place).\(name)")
            guard names.insert(member.key).inserted else {
                throw reader.failure("this key occurs twice", "keep one of the two")
            }
            result.append((name, reader))
        }
        return result
    }

    func members(of allowed: [String]) throws(RowMappingError) -> [String: MappingReader] {
        var result: [String: MappingReader] = [:]
        for (name, reader) in try members() {
            guard allowed.contains(name) else {
                throw reader.failure("there is no such key", "the keys here are \(allowed.joined(separator: ", "))")
            }
            result[name] = reader
        }
        return result
    }

    func require(_ name: String, in members: [String: MappingReader]) throws(RowMappingError) -> MappingReader {
        guard let found = members[name] else { throw failure("the key \"\(name)\" is missing", "add it") }
        return found
    }

    func text() throws(RowMappingError) -> String {
        guard let text = value.string?.text, !text.isEmpty, !text.utf8.contains(0) else {
            throw failure("this is no text", "write it in double quotes; it may not be empty")
        }
        return text
    }

    func bool() throws(RowMappingError) -> Bool {
        guard let bool = value.bool else { throw failure("this is neither true nor false", "write one of them") }
        return bool
    }

    func entityType(_ name: String) throws(RowMappingError) -> EntityTypeName {
        guard let type = EntityTypeName(parsing: name) else {
            throw failure("\"\(name)\" is no name of an entity type", "write it as in the schema, with its namespace")
        }
        return type
    }

    func table() throws(RowMappingError) -> TableMapping {
        let members = try members(of: ["table", "id", "attributes", "parents"])
        var result = TableMapping(
            table: try require("table", in: members).text(), id: try require("id", in: members).text())
        for (name, column) in try members["attributes"]?.members() ?? [] {
            let path = try column.path(name)
            guard result.attributes[path] == nil else {
                throw column.failure("this attribute occurs twice", "keep one of the two")
            }
            result.attributes[path] = try column.column()
        }
        for (name, column) in try members["parents"]?.members() ?? [] {
            let type = try column.entityType(name)
            let mapping = try column.column()
            guard [.entity(type), .entityArray(type)].contains(mapping.type) else {
                throw column.failure(
                    "its type is \(mapping.type)", "the type of a parent is \"entity:\(type)\" or \"entity:\(type)[]\"")
            }
            result.parents[type] = mapping
        }
        return result
    }

    /// Names joined by dots; one in double quotes may have dots in it.
    private func path(_ text: String) throws(RowMappingError) -> [CedarString] {
        var path: [CedarString] = []
        var rest = text.unicodeScalars[...]
        repeat {
            if rest.first == "\"" {
                rest = rest.dropFirst()
                guard let end = rest.firstIndex(of: "\"") else {
                    throw failure("the quotation mark has no counterpart", "close it")
                }
                path.append(CedarString(String(rest[..<end])))
                rest = rest[rest.index(after: end)...]
            } else {
                let name = rest.prefix { $0 != "." }
                guard !name.isEmpty else { throw failure("a name is missing", "write names joined by dots") }
                path.append(CedarString(String(name)))
                rest = rest.dropFirst(name.count)
            }
            guard path.count <= TypedResidual.pathMax / 2 else {
                throw failure("the path is too long", "map an attribute that is nearer to the resource")
            }
            guard !rest.isEmpty else { return path }
            guard rest.first == "." else { throw failure("a dot is missing", "write names joined by dots") }
            rest = rest.dropFirst()
        } while true
    }

    private func column() throws(RowMappingError) -> ColumnMapping {
        let members = try members(of: ["sql", "type", "nullable", "nullElements"])
        let type = try require("type", in: members).columnType()
        return ColumnMapping(
            sql: try require("sql", in: members).text(), type: type,
            isNullable: try require("nullable", in: members).bool(),
            hasNullElements: try members["nullElements"]?.bool() ?? true)
    }

    private func columnType() throws(RowMappingError) -> ColumnType {
        let name = try text()
        switch name {
        case "text": return .text
        case "long": return .long
        case "bool": return .bool
        case "timestamptz": return .timestamptz
        case "numeric": return .numeric
        case "inet": return .inet
        case "text[]": return .textArray
        case "long[]": return .longArray
        case "record": return .record
        default: break
        }
        if name.hasPrefix("entity:") {
            let type = name.dropFirst("entity:".utf8.count)
            guard type.hasSuffix("[]") else { return .entity(try entityType(String(type))) }
            return .entityArray(try entityType(String(type.dropLast(2))))
        }
        let refusal = Self.refusals.first { $0.names.contains { name.lowercased().hasPrefix($0) } }
        throw failure(
            refusal.map { "\(name) is not mapped: \($0.reason)" } ?? "there is no type \"\(name)\"",
            refusal?.remedy
                ?? "the types are text, long, bool, timestamptz, numeric, inet, text[], long[], entity:<Type>,"
                + " entity:<Type>[] and record")
    }

    private static let refusals: [(names: [String], reason: String, remedy: String)] = [
        (["citext"], "it takes upper and lower case for equal, Cedar does not", "cast it to text, or use text"),
        (["char", "bpchar"], "it disregards spaces at the end, Cedar does not", "use text"),
        (["timestamp"], "it has no time zone, so it names no moment", "say `AT TIME ZONE 'UTC'` in its SQL, if it is"),
        (["interval"], "a month has no fixed length", "store milliseconds as bigint, and map that as long"),
        (["real", "float", "double"], "it is not exact", "use numeric(19, 4)"),
        (["cidr"], "it forgets the bits below the prefix", "use inet"),
        (["varchar"], "it is called text here", "write text"),
        (["int", "bigint", "smallint"], "it is called long here", "write long"),
        (["bool"], "it is called bool here", "write bool"),
        (["uuid"], "Cedar has no such type", "cast it to text, and map that as text"),
    ]
}
