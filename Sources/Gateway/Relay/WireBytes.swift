import NIOCore
import PostgresWire

/// Texts and messages that the gateway writes itself.
extension ByteBuffer {
    private static let cannotParse = ByteBuffer(string: "refused by the gateway")

    /// PostgreSQL answers a syntax error, and an open transaction fails.
    static let failingQuery = query(text: cannotParse)
    /// It has a name, for a failing unnamed one would take the client's unnamed statement along.
    static let failingParse = parse(
        name: ByteBuffer(string: "refused by the gateway"), text: cannotParse, types: 0, oids: ByteBuffer())

    /// Stands in the ledger for the text of something SQL's PREPARE or DECLARE made, which the gateway recorded then.
    static func sqlMade(_ what: StaticString, _ name: ByteBuffer) -> ByteBuffer {
        var text = ByteBuffer()
        text.writeStaticString("/* ")
        text.writeStaticString(what)
        text.writeStaticString(" that SQL made: */ \"")
        text.writeImmutableBuffer(name)
        text.writeStaticString("\"")
        return text
    }

    /// Whether the profile's own names may stand in a message: every one of them has an `@`.
    var mayNameProfile: Bool { readableBytesView.contains(UInt8(ascii: "@")) }

    /// Stands in the ledger for a text whose name SQL may have given to another.
    var doubted: ByteBuffer {
        var text = ByteBuffer(string: "/* unless SQL redefined its name: */ ")
        text.writeImmutableBuffer(self)
        return text
    }

    /// Whether a text starts with the word LISTEN.
    var beginsListen: Bool {
        var position = readerIndex
        for expected in StaticString("listen").asciiBytes {
            guard var byte: UInt8 = getInteger(at: position) else { return false }
            while position == readerIndex, byte == 0x20 || byte == 0x0A || byte == 0x09 {
                return getSlice(at: position + 1, length: writerIndex - position - 1)?.beginsListen ?? false
            }
            byte |= 0x20
            guard byte == expected else { return false }
            position += 1
        }
        return true
    }
}

extension StaticString {
    fileprivate var asciiBytes: [UInt8] { withUTF8Buffer { Array($0) } }
}
