import Ringfence

/// What stands in a masked cell, as an expression of the column's own type; nil where that is NULL.
struct MaskSQL {
    let column: LiveColumn
    /// The raw cell, qualified.
    let cell: String

    func expression(_ mask: Mask) -> String? {
        switch mask {
        case .null: nil
        case .constant(let text): cast(SQLText.literal(text))
        case .email: isText ? cast(email) : nil
        case .last4: isText ? cast(last4) : nil
        case .year: year
        case .coarse(let step): coarse(step)
        case .pseudonym: pseudonym
        }
    }

    private func cast(_ expression: String) -> String { "\(expression)::\(column.type)" }

    /// `numeric` of `numeric(10,2)`.
    private var baseType: String {
        let name = column.type.prefix { $0 != "(" }
        let rest = column.type.drop { $0 != ")" }.dropFirst()
        return String(name) + rest
    }

    private var isText: Bool { ["text", "character varying", "character"].contains(baseType) }

    private var email: String {
        "CASE WHEN position('@' in \(cell)) > 1 THEN left(\(cell), 1) || '***' || substr(\(cell), position('@' in \(cell))) "
            + "WHEN \(cell) IS NOT NULL THEN '***' END"
    }

    private var last4: String {
        "CASE WHEN length(\(cell)) > 4 THEN repeat('*', length(\(cell)) - 4) || right(\(cell), 4) "
            + "ELSE repeat('*', length(\(cell))) END"
    }

    private var year: String? {
        switch baseType {
        case "date": "date_trunc('year', \(cell)::timestamp without time zone)::date"
        case "timestamp without time zone": "date_trunc('year', \(cell))"
        case "timestamp with time zone": "date_trunc('year', \(cell), 'UTC')"
        default: nil
        }
    }

    private func coarse(_ step: String) -> String? {
        guard ["smallint", "integer", "bigint", "numeric", "real", "double precision"].contains(baseType) else {
            return nil
        }
        let step = "\(SQLText.literal(step))::numeric"
        return cast("(floor(\(cell)::numeric / \(step)) * \(step))")
    }

    /// HMAC-SHA-256 (RFC 2104) by built-in functions only, with a key that only the view's owner reads: no definition
    /// and no plan shows it. Columns of one name have one key, so that their pseudonyms join.
    private var pseudonym: String? {
        let hmac =
            "(SELECT encode(sha256(k.opad || sha256(k.ipad || convert_to(\(cell)::text, 'UTF8'))), 'hex') "
            + "FROM \(SQLText.qualified(EnclosureNames.keySchema, "pseudonym_key")) k WHERE k.name = \(SQLText.literal(column.name)))"
        switch baseType {
        case "text", "character varying": return cast(hmac)
        case "uuid": return cast("left(\(hmac), 32)")
        case "bigint": return "('x' || left(\(hmac), 15))::bit(60)::bigint"
        case "integer": return "('x' || left(\(hmac), 7))::bit(28)::integer"
        default: return nil
        }
    }
}
