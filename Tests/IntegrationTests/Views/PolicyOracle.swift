import TestSupport

/// What each person of the example may see of each cell, worked out from the words of the policies and the raw tables
/// alone: none of the product's code decides here.
struct PolicyOracle {
    /// What the words say of one cell.
    enum Sight { case clear, masked, nothing }

    struct Column {
        var name: String
        var isProtected: Bool
        var mask: ExpectedMask

        init(_ name: String) { (self.name, isProtected, mask) = (name, false, .null) }
        init(protected name: String, _ mask: ExpectedMask = .null) {
            (self.name, isProtected, self.mask) = (name, true, mask)
        }
    }

    struct Table {
        var name: String
        var key: String
        /// The columns that hold the keys of the people a row is about.
        var subjects: [String]
        var columns: [Column]
    }

    static let tables = [
        Table(
            name: "users", key: "id", subjects: ["id"],
            columns: [
                Column("id"), Column("handle"), Column(protected: "email", .email),
                Column(protected: "phone", .pseudonym), Column(protected: "birth_date", .year), Column("country"),
                Column("created_at"),
            ]),
        Table(
            name: "profiles", key: "user_id", subjects: ["user_id"],
            columns: [
                Column("user_id"), Column("display_name"), Column("bio"), Column(protected: "interests"),
                Column("follower_count"),
            ]),
        Table(
            name: "videos", key: "id", subjects: [],
            columns: ["id", "author_id", "title", "duration", "view_count", "published_at"].map { Column($0) }),
        Table(
            name: "messages", key: "id", subjects: ["author_id", "recipient_id"],
            columns: [
                Column("id"), Column("author_id"), Column("recipient_id"), Column(protected: "body"),
                Column("sent_at"),
            ]),
        Table(
            name: "devices", key: "id", subjects: ["user_id"],
            columns: [
                Column("id"), Column("user_id"), Column("platform"), Column(protected: "advertising_id", .pseudonym),
                Column(protected: "last_address"), Column(protected: "attributes"),
            ]),
        Table(
            name: "locations", key: "id", subjects: ["user_id"],
            columns: [
                Column("id"), Column("user_id"), Column(protected: "latitude", .floor(step: 1)),
                Column(protected: "longitude", .floor(step: 1)), Column(protected: "note", .constant("(withheld)")),
                Column("recorded_at"),
            ]),
        Table(
            name: "payments", key: "id", subjects: ["user_id"],
            columns: [
                Column("id"), Column("user_id"), Column(protected: "card_number", .last4),
                Column(protected: "amount", .floor(step: 100)), Column("currency"), Column("paid_at"),
            ]),
    ]

    /// The homes by which people are protected; anything else in `country` counts as the United States.
    static let homes: Set<String> = [
        "AU", "BR", "CA", "CN", "DE", "ES", "FR", "GB", "ID", "IN", "IT", "JP", "KR", "MX", "NL", "PL", "SE", "SG",
        "US", "VN",
    ]

    private let homeOf: [String: String]

    init(_ database: TestDatabase) throws {
        var homeOf: [String: String] = [:]
        for row in try database.rows("SELECT id, country FROM app.users") {
            guard let id = row[0] else { continue }
            let country = row[1] ?? ""
            homeOf[id] = Self.homes.contains(country) ? country : "US"
        }
        self.homeOf = homeOf
    }

    /// The homes of the people one raw row is about: a missing person counts as an American.
    func homes(of row: [String: String?], in table: Table) -> [String] {
        table.subjects.map { column in
            guard let key = row[column] ?? nil else { return "US" }
            return homeOf[key] ?? "US"
        }
    }

    /// Nil where the row does not exist for the person.
    func sight(of person: String, row: [String: String?], in table: Table) -> [Sight]? {
        let homes = homes(of: row, in: table)
        if person == "casey", homes.contains("US") { return nil }
        return table.columns.map { column in
            guard column.isProtected else { return .clear }
            switch person {
            case "alice": return .clear
            case "sasha": return homes.allSatisfy { $0 == "SG" } ? .clear : .masked
            case "casey": return homes.allSatisfy { $0 == "CN" } ? .clear : .masked
            case "noor": return ["phone", "advertising_id"].contains(column.name) ? .masked : .nothing
            case "robin": return .masked
            default: return .nothing
            }
        }
    }
}
