import NIOCore
import PostgresWire
import TestSupport
import Testing

/// The messages that are read and written, from well-formed bytes and from any others.
@Suite struct MessageTests {
    private static func bytes(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private static func bind(_ parameters: [[UInt8]?]) -> ByteBuffer {
        var body = ByteBuffer(string: "portal\0statement\0")
        body.writeInteger(UInt16(1))
        body.writeInteger(UInt16(1))
        body.writeInteger(UInt16(parameters.count))
        for parameter in parameters {
            body.writeInteger(parameter.map { Int32($0.count) } ?? -1)
            if let parameter { body.writeBytes(parameter) }
        }
        body.writeInteger(UInt16(0))
        return body
    }

    @Test func `a reader finds each message, however few bytes have come`() throws {
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let bodies = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                Self.bytes(Int.random(in: 0...40, using: &generator), using: &generator)
            }
            var stream = ByteBuffer()
            for body in bodies { stream.writeImmutableBuffer(.message("D") { $0.writeBytes(body) }) }
            let come = Int.random(in: 0...stream.readableBytes, using: &generator)
            var reader = MessageReader(input: try #require(stream.getSlice(at: 0, length: come)))
            var found: [[UInt8]] = []
            while let header = reader.header, let body = reader.body(header) {
                found.append(Array(body.readableBytesView))
                reader.cursor += header.size
            }
            #expect(found.elementsEqual(bodies.prefix(found.count)))
            #expect(reader.available < 5 || reader.header.map { $0.size > reader.available } == true)
            let run = reader.run(to: reader.cursor)
            #expect((run?.readableBytes ?? 0) == found.reduce(0) { $0 + $1.count + 5 })
            #expect(reader.run(to: reader.cursor) == nil)
        }
    }

    @Test func `a run is the whole messages of one type, up to another type, a part or an invalid length`() throws {
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            let types = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                ["D", "D", "D", "C"].randomElement(using: &generator) ?? "D"
            }
            var stream = ByteBuffer()
            for type in types {
                let body = Self.bytes(Int.random(in: 0...20, using: &generator), using: &generator)
                stream.writeImmutableBuffer(.message(Unicode.Scalar(type)!) { $0.writeBytes(body) })
            }
            if Bool.random(using: &generator) { stream.writeBytes([0x44, 0, 0, 0, 3, 0x44]) }
            let come = Int.random(in: 0...stream.readableBytes, using: &generator)
            let bytes = try #require(stream.getSlice(at: 0, length: come))
            var slow = MessageReader(input: bytes)
            var count = 0
            while let header = slow.header, header.type == UInt8(ascii: "D"), header.length >= 4,
                slow.body(header) != nil
            {
                slow.cursor += header.size
                count += 1
            }
            var reader = MessageReader(input: bytes)
            let run = reader.passRun(of: UInt8(ascii: "D"))
            #expect(run.count == count)
            #expect(run.bytes == slow.cursor)
            #expect(reader.cursor == slow.cursor)
        }
    }

    @Test func `a Bind gives out its parameters as they were bound`() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<500 {
            let parameters = (0..<Int.random(in: 0...6, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? nil : Self.bytes(Int.random(in: 0...20, using: &generator), using: &generator)
            }
            let message = try #require(BindMessage(body: Self.bind(parameters)))
            #expect(message.portal == ByteBuffer(string: "portal"))
            #expect(message.statement == ByteBuffer(string: "statement"))
            #expect(message.parameters.map { $0.map { Array($0) } } == parameters)
        }
    }

    @Test func `a Bind that is cut off, longer or changed is refused or read within its bounds`() {
        var generator = SeededGenerator(seed: 3)
        let whole = Self.bind([[1, 2, 3], nil, []])
        for length in 0..<whole.readableBytes {
            #expect(BindMessage(body: whole.getSlice(at: 0, length: length) ?? ByteBuffer()) == nil)
        }
        var longer = whole
        longer.writeInteger(UInt8(0))
        #expect(BindMessage(body: longer) == nil)
        for _ in 0..<20_000 {
            var changed = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: 0..<changed.readableBytes, using: &generator)
                changed.setInteger(UInt8.random(in: 0...255, using: &generator), at: position)
            }
            guard let message = BindMessage(body: changed) else { continue }
            let size = message.parameters.reduce(0) { $0 + ($1?.count ?? 0) }
            #expect(size <= changed.readableBytes)
            #expect(message.parameters.map { _ in 0 }.count == message.parameters.count)
        }
    }

    @Test func `an error's fields come out as they went in`() throws {
        var fields = ErrorFields([(.severity, "ERROR"), (.sqlState, "42501"), (.message, "permission denied")])
        fields[.hint] = "ask"
        fields[.message] = nil
        var written = fields.message("E")
        written.moveReaderIndex(forwardBy: 5)
        let read = try #require(ErrorFields(body: written))
        #expect(read == fields)
        #expect(read[.hint] == "ask" && read[.message] == nil && read[.sqlState] == "42501")
        #expect(!read.severityIsFatal)
    }

    @Test(arguments: [
        ("permission denied for table users", "users"), ("permission denied for view \"odd name\"", "odd name"),
        ("must be owner of relation users", "users"), ("division by zero", nil),
    ])
    func `a refusal names its table`(message: String, table: String?) {
        #expect(ErrorFields([(.message, message)]).refusedTable == table)
    }

    @Test(
        arguments: [
            ("COPY 0", 0), ("COPY 18446744073709551615", UInt64.max), ("COPY 18446744073709551616", nil),
            ("COPY ", nil),
            ("COPY x", nil), ("SELECT 5", nil), ("", nil),
        ] as [(String, UInt64?)])
    func `a COPY's tag says how many rows`(tag: String, rows: UInt64?) {
        #expect(ByteBuffer(string: "\(tag)\0").rowsOfCopyTag == rows)
    }

    @Test func `any bytes are read or refused`() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<20_000 {
            let bytes = ByteBuffer(
                bytes: Self.bytes(Int.random(in: 0...64, using: &generator), using: &generator))
            if let status = ParameterStatusText(bytes) {
                #expect(status.name.utf8.count + status.value.utf8.count <= 3 * bytes.readableBytes)
            }
            if let fields = ErrorFields(body: bytes) { _ = (fields.severityIsFatal, fields.refusedTable) }
            if let message = BindMessage(body: bytes) { #expect(message.parameters.count <= bytes.readableBytes) }
            let reader = MessageReader(input: bytes)
            if let header = reader.header, header.length >= 4, let body = reader.body(header) {
                #expect(body.readableBytes + 5 <= bytes.readableBytes)
            }
        }
    }
}
