package import NIOCore

/// The body of a ParameterStatus message.
package struct ParameterStatusText: Sendable, Equatable {
    package var name: String
    package var value: String

    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }

    /// Nil if the body is not well-formed.
    package init?(_ body: ByteBuffer) {
        var body = body
        guard let name = body.readNullTerminatedSlice(), let value = body.readNullTerminatedSlice(),
            body.readableBytes == 0
        else { return nil }
        self.init(name: String(buffer: name), value: String(buffer: value))
    }

    package var message: ByteBuffer {
        .message("S") {
            $0.writeString(name)
            $0.writeInteger(UInt8(0))
            $0.writeString(value)
            $0.writeInteger(UInt8(0))
        }
    }
}
