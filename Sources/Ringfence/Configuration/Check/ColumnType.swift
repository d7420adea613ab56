/// What of `format_type`'s text decides whether a column fits a purpose.
struct ColumnType {
    enum Family {
        case text, fixedText, integer, decimal, floating, uuid, date, timestamp, address, other
    }

    let name: String
    let family: Family
    /// The length in parentheses, if there is one.
    let length: Int?
    /// The second number in parentheses, the digits after the point of a `numeric`; nil if there are not two.
    let scale: Int?

    init(_ type: String) {
        name = type
        let base = type.prefix { $0 != "(" }
        let suffix = type[base.endIndex...].dropFirst().prefix { $0 != ")" }
        length = Int(suffix)
        let numbers = suffix.split(separator: ",", omittingEmptySubsequences: false)
        scale = numbers.count == 2 ? Int(numbers[1]) : nil
        let word = String(base).split(separator: " ").joined(separator: " ")
        switch word {
        case _ where type.hasSuffix("]"): family = .other
        case "text", "character varying", "varchar": family = .text
        case "character", "bpchar", "char": family = .fixedText
        case "smallint", "integer", "bigint": family = .integer
        case "numeric": family = .decimal
        case "real", "double precision": family = .floating
        case "uuid": family = .uuid
        case "date": family = .date
        case "timestamp", "timestamp without time zone", "timestamp with time zone", "timestamptz": family = .timestamp
        case "inet": family = .address
        default: family = .other
        }
    }

    /// A home is compared byte by byte: blank padding and collations of other types would make unequal codes equal.
    var canHoldHome: Bool { family == .text || family == .fixedText && length == 2 }

    /// A key is compared by its text, which these types write in one way only.
    var canBeKey: Bool { family == .text || family == .integer || family == .uuid }

    /// What the mask is for, if it does not fit the column.
    func defect(of mask: Mask) -> String? {
        switch mask {
        case .null, .constant: nil
        case .email, .last4: family == .text || family == .fixedText ? nil : "text"
        case .year: family == .date || family == .timestamp ? nil : "dates and timestamps"
        case .coarse: [.integer, .decimal, .floating].contains(family) ? nil : "numbers"
        case .pseudonym:
            [.text, .fixedText, .integer, .uuid].contains(family) ? nil : "text, uuid and whole numbers"
        }
    }
}
