package import NIOCore

/// Messages in the form of the protocol ("Message Formats").
extension ByteBuffer {
    /// A type, the length of what `write` writes, and that.
    package static func message(_ type: Unicode.Scalar, capacity: Int = 64, _ write: (inout ByteBuffer) -> Void)
        -> ByteBuffer
    {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(capacity)
        buffer.writeInteger(UInt8(ascii: type))
        buffer.writeInteger(UInt32(0))
        write(&buffer)
        buffer.setInteger(UInt32(clamping: buffer.readableBytes - 1), at: 1)
        return buffer
    }

    package static func query(text: ByteBuffer) -> ByteBuffer {
        message("Q", capacity: text.readableBytes + 6) {
            $0.writeImmutableBuffer(text)
            $0.writeInteger(UInt8(0))
        }
    }

    /// - Parameter oids: The parameter types as they stood in the client's message.
    package static func parse(name: ByteBuffer, text: ByteBuffer, types: UInt16, oids: ByteBuffer) -> ByteBuffer {
        message("P", capacity: name.readableBytes + text.readableBytes + oids.readableBytes + 9) {
            $0.writeImmutableBuffer(name)
            $0.writeInteger(UInt8(0))
            $0.writeImmutableBuffer(text)
            $0.writeInteger(UInt8(0))
            $0.writeInteger(types)
            $0.writeImmutableBuffer(oids)
        }
    }

    package static let terminate = message("X") { _ in }
    package static let flush = message("H") { _ in }
}
