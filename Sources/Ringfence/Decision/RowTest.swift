internal import Cedar
internal import CedarSQL

/// A question to the row itself, which is TRUE or FALSE of every row: a residual over `resource.row` that cannot fail.
///
/// It is an atom: nothing is concluded from what it asks, only from whether it is the same question.
public struct RowTest: Sendable, Hashable {
    /// In Cedar's words, the same for the same question.
    public let text: String
    /// The columns that it looks at.
    public let columns: [String]
    private let expression: SQLExpression

    init(text: String, columns: [String], expression: SQLExpression) {
        self.text = text
        self.columns = columns
        self.expression = expression
    }

    /// - Parameter row: The table, or the variable, that the row's columns are qualified with.
    /// - Returns: In parentheses if it needs them anywhere.
    public func sql(of row: String) -> String { "(\(expression.text(.literals, of: row).text))" }
}
