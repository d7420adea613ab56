import NIOCore

/// A message's type and length, as they stand before its body.
struct MessageHeader: Equatable {
    var type: UInt8
    /// Without the type, with the length itself.
    var length: Int

    /// All of the message.
    var size: Int { length + 1 }
}

/// Walks over messages in a buffer and keeps those that go on unchanged together in one run.
struct RequestReader {
    let input: ByteBuffer
    /// The first byte that was looked at and not sent on yet.
    var runStart: Int
    /// The first byte that was not looked at.
    var cursor: Int

    init(input: ByteBuffer) {
        self.input = input
        runStart = input.readerIndex
        cursor = input.readerIndex
    }

    var available: Int { input.writerIndex - cursor }

    /// Of the message at the cursor; nil until all five bytes are there.
    var header: MessageHeader? {
        guard available >= 5, let type: UInt8 = input.getInteger(at: cursor),
            let length: UInt32 = input.getInteger(at: cursor + 1)
        else { return nil }
        return MessageHeader(type: type, length: Int(length))
    }

    /// Nil until the whole message is there.
    func body(_ header: MessageHeader) -> ByteBuffer? {
        guard available >= header.size else { return nil }
        return input.getSlice(at: cursor + 5, length: header.length - 4)
    }

    /// What goes on unchanged up to `end`; nil if there is nothing.
    mutating func run(to end: Int) -> ByteBuffer? {
        guard end > runStart else { return nil }
        defer { runStart = end }
        return input.getSlice(at: runStart, length: end - runStart)
    }
}
