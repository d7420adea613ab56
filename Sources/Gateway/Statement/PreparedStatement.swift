import NIOCore
import Ringfence

/// A text the client prepared, under whatever name.
final class PreparedStatement: Sendable {
    /// As the client wrote it.
    let text: ByteBuffer
    let analysis: StatementAnalysis
    /// What it refers to, as long as plain names mean what they meant at its Parse.
    let tables: EntryTables
    let words: SQLWords
    /// What it keeps alive: its text, and what was made of it.
    let bytes: Int

    init(text: ByteBuffer, analysis: StatementAnalysis, tables: EntryTables) {
        self.text = text
        self.analysis = analysis
        self.tables = tables
        bytes = 256 + text.readableBytes + 2 * (analysis.rewritten?.readableBytes ?? 0)
        words = SQLWords(in: text, of: analysis)
    }
}

/// A prepared statement with parameters, ready to run.
struct Portal: Sendable {
    let intent: Intent
    /// Nil when SQL's PREPARE made the statement.
    let statement: PreparedStatement?
    /// The batch of its Bind: an Execute in the same one adds to the Bind's record.
    let batch: UInt64
}
