package import NIOCore

/// A message's type and length, as they stand before its body.
package struct MessageHeader: Equatable {
    package var type: UInt8
    /// Without the type, with the length itself.
    package var length: Int

    package init(type: UInt8, length: Int) {
        self.type = type
        self.length = length
    }

    /// All of the message.
    package var size: Int { length + 1 }
}

/// Walks over messages in a buffer and keeps those that go on unchanged together in one run.
package struct MessageReader {
    package let input: ByteBuffer
    /// The first byte that was looked at and not sent on yet.
    package var runStart: Int
    /// The first byte that was not looked at.
    package var cursor: Int

    package init(input: ByteBuffer) {
        self.input = input
        runStart = input.readerIndex
        cursor = input.readerIndex
    }

    package var available: Int { input.writerIndex - cursor }

    /// Of the message at the cursor; nil until all five bytes are there.
    package var header: MessageHeader? {
        guard available >= 5, let type: UInt8 = input.getInteger(at: cursor),
            let length: UInt32 = input.getInteger(at: cursor + 1)
        else { return nil }
        return MessageHeader(type: type, length: Int(length))
    }

    /// Nil until the whole message is there.
    package func body(_ header: MessageHeader) -> ByteBuffer? {
        guard available >= header.size else { return nil }
        return input.getSlice(at: cursor + 5, length: header.length - 4)
    }

    /// Goes past all messages of `type` that stand here whole, one after another: nearly all of a large result is rows.
    ///
    /// - Returns: How many there were, and their size together; a message whose length is invalid is not among them.
    package mutating func passRun(of type: UInt8) -> (count: Int, bytes: Int) {
        let start = cursor
        var count = 0
        input.withUnsafeReadableBytes { bytes in
            var position = start - input.readerIndex
            while bytes.count - position >= 5, bytes[position] == type {
                let length = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: position + 1, as: UInt32.self)))
                guard length >= 4, length < bytes.count - position else { break }
                position += 1 + length
                count += 1
            }
            cursor = position + input.readerIndex
        }
        return (count, cursor - start)
    }

    /// What goes on unchanged up to `end`; nil if there is nothing.
    package mutating func run(to end: Int) -> ByteBuffer? {
        guard end > runStart else { return nil }
        defer { runStart = end }
        return input.getSlice(at: runStart, length: end - runStart)
    }
}
