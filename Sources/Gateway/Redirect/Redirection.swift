import Ringfence

/// Reads one parsed text: finds the names to redirect to the profile's schemas and the tables it refers to.
struct Redirection {
    private(set) var edits = EditList()
    private(set) var tables: Set<TableName> = []
    /// Something in the text may reach tables that it does not name.
    private(set) var reachesAnything = false
    /// From here on a plain name in this session may mean something else than the catalog's table.
    private(set) var redefinesNames = false
    private(set) var copiesIn = false
    private(set) var listens = false
    private(set) var statementCount = 0

    private let text: [UInt8]
    private let map: SchemaMap

    init(of tree: ParseTree, text: [UInt8], map: SchemaMap) {
        self.text = text
        self.map = map
        for element in tree["stmts"]?.elements ?? [] {
            statementCount += 1
            guard case .object(let members)? = element["stmt"],
                let (kind, body) = members.first.map({ ($0.key, $0.value) })
            else { continue }
            statement(kind, body)
        }
    }

    private mutating func statement(_ kind: String, _ body: ParseTree) {
        switch kind {
        case "CopyStmt": copy(body)
        case "VariableSetStmt": set(body)
        case "FetchStmt", "ExecuteStmt": reachesAnything = true
        case "ListenStmt":
            // What it will bring, another session chooses.
            listens = true
            reachesAnything = true
        default:
            if !HiddenSQL.isPlain(statement: kind) { reachesHiddenSQL() }
            walk(body, key: kind)
        }
    }

    private mutating func reachesHiddenSQL() {
        reachesAnything = true
        redefinesNames = true
    }

    /// `(value).name` and `relation.name` call a function of that name where there is no such column.
    private mutating func attribute(_ name: String?) {
        guard let name else { return }
        if HiddenSQL.mayRun(function: [name], applicationSchemaIsSearched: map.schemas.isEmpty) { reachesHiddenSQL() }
    }

    /// Of the names behind a relation's dot most are columns that nobody catalogues. A function of the application's
    /// own is not expected to redefine names, so that only this statement is in doubt.
    private mutating func qualified(_ name: String?) {
        guard let name, !map.columns.contains(name), !HiddenSQL.isCatalogColumn(name) else { return }
        if HiddenSQL.mayRun(function: [name], applicationSchemaIsSearched: false) {
            reachesHiddenSQL()
        } else if HiddenSQL.mayRun(function: [name], applicationSchemaIsSearched: map.schemas.isEmpty) {
            reachesAnything = true
        }
    }

    /// Rules and triggers run where PostgreSQL's own views, such as pg_settings, or unknown tables are written to.
    private mutating func written(_ target: ParseTree?) {
        guard let name = target?["relname"]?.string,
            map.table(schema: target?["schemaname"]?.string, relation: name) == nil
        else { return }
        reachesHiddenSQL()
    }

    private mutating func walk(_ node: ParseTree, key: String) {
        switch node {
        case .string, .number, .other:
            return
        case .array(let values):
            for value in values { walk(value, key: key) }
        case .object(let members):
            if node["relname"] != nil { return relation(node) }
            switch key {
            case "ColumnRef": column(node)
            case "FuncCall":
                let names = node["funcname"]?.names ?? []
                if HiddenSQL.mayRun(function: names, applicationSchemaIsSearched: map.schemas.isEmpty) {
                    reachesHiddenSQL()
                }
            case "typeName", "TypeName": type(node)
            case "A_Expr":
                let names = node["name"]?.names ?? []
                if names.count > 1, names[0] != "pg_catalog" { reachesHiddenSQL() }
            case "A_Indirection":
                for selected in node["indirection"]?.names ?? [] { attribute(selected) }
            case "InsertStmt", "UpdateStmt", "DeleteStmt": written(node["relation"])
            // Within EXPLAIN, that is.
            case "ExecuteStmt", "FetchStmt": reachesAnything = true
            case "IntoClause": reachesHiddenSQL()
            default: break
            }
            for member in members { walk(member.value, key: member.key) }
        }
    }

    private mutating func relation(_ node: ParseTree) {
        guard let name = node["relname"]?.string, node["catalogname"] == nil else { return reachesHiddenSQL() }
        let schema = node["schemaname"]?.string
        if let schema { redirect(schema: schema, at: node["location"]?.number) }
        if let table = map.table(schema: schema, relation: name) {
            tables.insert(table)
        } else if schema != "pg_catalog", schema != "information_schema", !(schema == nil && name.hasPrefix("pg_")) {
            reachesAnything = true
        }
    }

    private mutating func column(_ node: ParseTree) {
        let fields = node["fields"]?.names ?? []
        if fields.count >= 2, let last = fields.last { qualified(last) }
        guard fields.count >= 3, let schema = fields[0] else { return }
        redirect(schema: schema, at: node["location"]?.number)
    }

    private mutating func type(_ node: ParseTree) {
        let names = node["names"]?.names ?? []
        if names.count == 2, let schema = names[0], map.schemas[schema] != nil {
            redirect(schema: schema, at: node["location"]?.number)
        } else if HiddenSQL.mayRun(type: names) {
            reachesAnything = true
        }
    }

    private mutating func redirect(schema: String, at location: Int?) {
        guard let target = map.schemas[schema], let token = IdentifierToken(in: text, at: location ?? 0),
            token.name == schema
        else { return }
        edits.replace(token.range, with: IdentifierToken.quoted(target))
    }

    /// `SET search_path TO app` would find nothing: no profile has a right on the application's schema.
    private mutating func set(_ node: ParseTree) {
        guard node["name"]?.string == "search_path" else { return }
        for argument in node["args"]?.elements ?? [] {
            let constant = argument["A_Const"]
            guard let schema = constant?["sval"]?["sval"]?.string, let target = map.schemas[schema],
                let location = constant?["location"]?.number, let range = settingValue(at: location)
            else {
                redefinesNames = true
                continue
            }
            edits.replace(range, with: IdentifierToken.quoted(target))
        }
    }

    private func settingValue(at location: Int) -> Range<Int>? {
        if let token = IdentifierToken(in: text, at: location) { return token.range }
        guard text.indices.contains(location), text[location] == UInt8(ascii: "'"),
            let end = text[(location + 1)...].firstIndex(of: UInt8(ascii: "'"))
        else { return nil }
        return location..<end + 1
    }

    /// PostgreSQL copies neither from nor into a view with a condition: `COPY t TO` becomes `COPY (SELECT …) TO`, and
    /// `COPY t FROM` goes to the companion view that takes it.
    private mutating func copy(_ node: ParseTree) {
        copiesIn = copiesIn || (node["is_from"] != nil && node["filename"] == nil)
        if node["filename"] != nil { reachesHiddenSQL() }
        if let query = node["query"] { walk(query, key: "query") }
        guard let relation = node["relation"], let name = relation["relname"]?.string else { return }
        let schema = relation["schemaname"]?.string
        guard let table = map.table(schema: schema, relation: name), let profileSchema = map.schemas[table.schema],
            let location = relation["location"]?.number, let reference = relationReference(at: location)
        else { return self.relation(relation) }
        tables.insert(table)
        let qualified = IdentifierToken.quoted(profileSchema) + [UInt8(ascii: ".")]
        if node["is_from"] != nil {
            guard let target = map.copyTargets[table] else { return self.relation(relation) }
            edits.replace(reference, with: qualified + IdentifierToken.quoted(target))
        } else {
            copyOut(reference, view: qualified + IdentifierToken.quoted(name), hasColumns: node["attlist"] != nil)
        }
    }

    private mutating func copyOut(_ reference: Range<Int>, view: [UInt8], hasColumns: Bool) {
        guard hasColumns else {
            return edits.replace(reference, with: Array("(SELECT * FROM ".utf8) + view + [UInt8(ascii: ")")])
        }
        guard let open = IdentifierToken.skipBlank(in: text, from: reference.upperBound), open < text.count,
            text[open] == UInt8(ascii: "("), let close = closingParenthesis(after: open)
        else { return }
        let columns = text[(open + 1)..<close]
        edits.replace(
            reference.lowerBound..<close + 1,
            with: Array("(SELECT ".utf8) + columns + Array(" FROM ".utf8) + view + [UInt8(ascii: ")")])
    }

    /// The extent of `[schema .] table` at `location`.
    private func relationReference(at location: Int) -> Range<Int>? {
        guard var token = IdentifierToken(in: text, at: location) else { return nil }
        while let dot = IdentifierToken.skipBlank(in: text, from: token.range.upperBound), dot < text.count,
            text[dot] == UInt8(ascii: ".")
        {
            guard let start = IdentifierToken.skipBlank(in: text, from: dot + 1),
                let next = IdentifierToken(in: text, at: start)
            else { return nil }
            token = next
        }
        return location..<token.range.upperBound
    }

    /// A column list holds names, commas, blanks and comments only.
    private func closingParenthesis(after open: Int) -> Int? {
        var index = open + 1
        while let next = IdentifierToken.skipBlank(in: text, from: index), next < text.count {
            if text[next] == UInt8(ascii: ")") { return next }
            if let token = IdentifierToken(in: text, at: next) {
                index = token.range.upperBound
            } else if text[next] == UInt8(ascii: ",") {
                index = next + 1
            } else {
                return nil
            }
        }
        return nil
    }
}
