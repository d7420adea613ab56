import PostgresWire
import CLibPGQuery
public import NIOCore
import Ringfence

/// What the gateway learns from a statement's text: the text to send upstream, and what to record of it.
public struct StatementAnalysis: Sendable {
    /// The text to send in the client's place; nil when that goes unchanged.
    public let rewritten: ByteBuffer?
    public private(set) var tables: TableReferences
    /// What a plain name means in this session may differ from here on: later references are to anything.
    public private(set) var redefinesNames: Bool
    /// A COPY … FROM STDIN is among the statements.
    public let copiesIn: Bool
    /// A LISTEN is among the statements.
    public let listens: Bool
    /// How many statements PostgreSQL's parser finds; nil where the text was not parsed.
    public let statementCount: Int?

    private let edits: EditList
    private let original: [UInt8]

    init(_ redirection: Redirection, text: [UInt8]) {
        edits = redirection.edits
        original = edits.isEmpty ? [] : text
        rewritten = edits.isEmpty ? nil : ByteBuffer(bytes: edits.applied(to: text))
        tables = redirection.reachesAnything ? .anything : .exactly(redirection.tables.sorted())
        redefinesNames = redirection.redefinesNames
        copiesIn = redirection.copiesIn
        listens = redirection.listens
        statementCount = redirection.statementCount
    }

    private init(unparsed copiesIn: Bool) {
        edits = EditList()
        original = []
        rewritten = nil
        tables = .anything
        redefinesNames = true
        self.copiesIn = copiesIn
        listens = false
        statementCount = nil
    }

    /// A text that nobody could parse: it goes unchanged, and PostgreSQL refuses what it must. That it copies in is
    /// assumed where the words stand in it, which only makes the gateway wait for PostgreSQL's answer.
    static let unparsed = StatementAnalysis(unparsed: false)
    static let unparsedCopy = StatementAnalysis(unparsed: true)

    var isUnchanged: Bool { rewritten == nil }

    /// The server may read the text otherwise than the parser did. Names are redirected all the same, for if it does
    /// not, a client's pipeline would break; nothing that the text says is believed.
    var doubted: StatementAnalysis {
        var analysis = self
        analysis.tables = .anything
        analysis.redefinesNames = true
        return analysis
    }

    /// Where in the client's text, in characters from 1, PostgreSQL's `position` in the rewritten one lies.
    public func originalPosition(ofRewritten position: Int) -> Int {
        edits.originalPosition(ofRewritten: position, original: original)
    }
}

/// Parses statements with PostgreSQL's own parser and redirects what they name to one profile's schemas.
///
/// Confined to one event loop; it remembers the last few hundred texts.
public struct StatementAnalyzer {
    /// Longer texts go unparsed: PostgreSQL's parser recurses as deep as a text of this length lets it, which a
    /// thread's stack of 2 MiB bears.
    public static let textBytesMax = 16 * 1024
    /// PostgreSQL's scanner looks at a run of operator characters once for each operator, or comment, that it finds in
    /// it: 16,000 plus signs take it 0.4 s. Nothing else in a text of ``textBytesMax`` takes it 10 ms.
    static let operatorCostMax = 1 << 20
    /// A text whose tree is longer goes unparsed as well: reading it takes longer than parsing.
    static let treeBytesMax = 512 * 1024
    private static let rememberedMax = 512
    private static let rememberedTextMax = 2048

    private let map: SchemaMap
    /// What the analysis of texts has cost since ``turnBegan()``, in about a byte's worth of reading.
    private(set) var work = 0
    private var byText: [ByteBuffer: StatementAnalysis] = [:]
    /// Apart from ``byText``: a text can be its own shape, and need a rewriting that its likes must not share.
    private var byShape: [ByteBuffer: StatementAnalysis] = [:]

    public init(map: SchemaMap) { self.map = map }

    mutating func turnBegan() { work = 0 }

    /// - Parameter parses: whether the server reads a text as the parser does, that is
    ///   `standard_conforming_strings` is on and `client_encoding` is UTF8.
    public mutating func analyze(_ sql: ByteBuffer, parses: Bool) -> StatementAnalysis {
        work += sql.readableBytes
        guard parses, sql.readableBytes <= Self.textBytesMax else { return Self.unparsed(sql) }
        guard sql.readableBytes <= Self.rememberedTextMax else { return analysis(of: sql) }
        let shape = Self.shape(of: sql)
        if let shape, let known = byShape[shape] { return known }
        if let known = byText[sql] { return known }
        let analysis = analysis(of: sql)
        if byText.count + byShape.count >= Self.rememberedMax {
            byText.removeAll(keepingCapacity: true)
            byShape.removeAll(keepingCapacity: true)
        }
        if let shape, analysis.isUnchanged {
            byShape[shape] = analysis
        } else {
            // A slice as key would keep the whole read buffer alive.
            byText[ByteBuffer(bytes: sql.readableBytesView)] = analysis
        }
        return analysis
    }

    /// The text with each number that stands alone replaced by `0`: clients that write values into the text differ in
    /// nothing else. Nil where quoting could give digits another meaning, or when the text has no such number.
    static func shape(of sql: ByteBuffer) -> ByteBuffer? {
        var shape = ByteBuffer()
        shape.reserveCapacity(sql.readableBytes)
        let hasNumber = sql.withUnsafeReadableBytes { text -> Bool? in
            var hasNumber = false
            var previous = UInt8(ascii: " ")
            var index = 0
            while index < text.count {
                let byte = text[index]
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "$") { return nil }
                if isDigit(byte), startsNumber(after: previous) {
                    while index < text.count, isDigit(text[index]) { index += 1 }
                    shape.writeInteger(UInt8(ascii: "0"))
                    hasNumber = true
                    previous = UInt8(ascii: "0")
                    continue
                }
                shape.writeInteger(byte)
                previous = byte
                index += 1
            }
            return hasNumber
        }
        return hasNumber == true ? shape : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func startsNumber(after byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ","), UInt8(ascii: "="), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"):
            true
        default: false
        }
    }

    private static func unparsed(_ sql: ByteBuffer) -> StatementAnalysis {
        let copies = sql.readableBytesView.lazy.map { $0 | 0x20 }
        return copies.contains(subsequence: "copy") ? .unparsedCopy : .unparsed
    }

    private mutating func analysis(of sql: ByteBuffer) -> StatementAnalysis {
        let text = Array(sql.readableBytesView)
        let cost = Self.operatorCost(of: text)
        guard !text.contains(0), cost <= Self.operatorCostMax else { return Self.unparsed(sql) }
        work += cost / 4
        guard let redirection = parsed(text) else { return Self.unparsed(sql) }
        return StatementAnalysis(redirection, text: text)
    }

    private mutating func parsed(_ text: [UInt8]) -> Redirection? {
        (text + [0]).withUnsafeBufferPointer { terminated -> Redirection? in
            terminated.withMemoryRebound(to: CChar.self) { characters -> Redirection? in
                guard let start = characters.baseAddress else { return nil }
                let result = pg_query_parse(start)
                defer { pg_query_free_parse_result(result) }
                guard result.error == nil, let json = result.parse_tree else { return nil }
                let length = Self.cLength(json)
                guard length <= Self.treeBytesMax else { return nil }
                work += length
                let bytes = UnsafeRawBufferPointer(start: json, count: length).bindMemory(to: UInt8.self)
                return ParseTree(json: bytes).map { Redirection(of: $0, text: text, map: map) }
            }
        }
    }

    /// The squares of the lengths of all runs of operator characters, wherever they stand: what is a comment or a
    /// string is for the parser to say.
    static func operatorCost(of text: [UInt8]) -> Int {
        var cost = 0
        var run = 0
        for byte in text {
            if isOperator(byte) {
                run += 1
                cost += 2 * run - 1
            } else {
                run = 0
            }
        }
        return cost
    }

    /// `op_chars` of PostgreSQL's `scan.l`.
    private static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "@"), UInt8(ascii: "#"), UInt8(ascii: "^"),
            UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "`"), UInt8(ascii: "?"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"), UInt8(ascii: "%"), UInt8(ascii: "<"),
            UInt8(ascii: ">"), UInt8(ascii: "="):
            true
        default: false
        }
    }

    private static func cLength(_ text: UnsafePointer<CChar>) -> Int {
        var length = 0
        while text[length] != 0 { length += 1 }
        return length
    }
}

extension Sequence where Element == UInt8 {
    fileprivate func contains(subsequence word: StaticString) -> Bool {
        let wanted = word.withUTF8Buffer { Array($0) }
        var matched = 0
        for byte in self {
            matched = byte == wanted[matched] ? matched + 1 : (byte == wanted[0] ? 1 : 0)
            if matched == wanted.count { return true }
        }
        return false
    }
}
