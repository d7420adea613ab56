internal import Cedar

extension ColumnMapping {
    private var column: SQLExpression { SQLExpression(.column(sql)) }

    /// The value as Cedar compares it; NULL if there is none.
    var value: SQLExpression { type == .timestamptz ? SQLExpression(.milliseconds(column)) : column }

    /// Whether there is a value.
    var presence: SQLExpression { isNullable ? SQLExpression(.test(column, .notNull)) : .true }

    /// Whether it is NULL or a value that Cedar has; nil where it always is.
    ///
    /// A row with another value is no entity. Nothing can be said of it, not even that `resource.price` exists, so it
    /// is hidden as a whole from policies that ask for the attribute.
    var isRepresentable: SQLExpression? {
        let test: SQLExpression
        switch type {
        case .timestamptz: test = SQLExpression(.function("isfinite", [column]))
        case .numeric:
            // Neither is true of NaN, which PostgreSQL takes for greater than all numbers.
            let isInRange = SQLExpression(
                .isBetween(
                    column, .numeric(CedarDecimal(tenThousandths: .min)),
                    .numeric(CedarDecimal(tenThousandths: .max))))
            let scale = SQLExpression(.function("min_scale", [column]))
            test = .all([isInRange, SQLExpression(.comparison(.lessOrEqual, scale, .value(.bigint(4))))])
        case .textArray, .longArray, .entityArray:
            return hasNullElements ? SQLExpression(.not(SQLExpression(.hasNullElement(column)))) : nil
        case .text, .long, .bool, .inet, .entity, .record: return nil
        }
        return isNullable ? test.test(.notFalse) : test
    }
}
