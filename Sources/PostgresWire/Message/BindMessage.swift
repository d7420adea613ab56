package import NIOCore

/// A Bind message's body (protocol, "Message Formats", Bind), whose parameter values are read where they stand.
package struct BindMessage {
    package let portal: ByteBuffer
    package let statement: ByteBuffer
    package let parameters: BoundParameters

    /// Nil if the body is not well-formed.
    package init?(body: ByteBuffer) {
        var body = body
        guard let portal = body.readNullTerminatedSlice(), let statement = body.readNullTerminatedSlice(),
            let formats: UInt16 = body.readInteger(), body.readSlice(length: Int(formats) * 2) != nil,
            let parameters = BoundParameters(reading: &body),
            let resultFormats: UInt16 = body.readInteger(), body.readableBytes == Int(resultFormats) * 2
        else { return nil }
        self.portal = portal
        self.statement = statement
        self.parameters = parameters
    }
}

/// Parameter values as Bind carries them; nil for NULL.
package struct BoundParameters: Collection {
    package struct Index: Comparable {
        fileprivate var ordinal: Int
        fileprivate var offset: Int

        package static func == (left: Index, right: Index) -> Bool { left.ordinal == right.ordinal }
        package static func < (left: Index, right: Index) -> Bool { left.ordinal < right.ordinal }
    }

    package let count: Int
    private let bytes: ByteBuffer

    package static let none = BoundParameters()

    private init() {
        count = 0
        bytes = ByteBuffer()
    }

    fileprivate init?(reading body: inout ByteBuffer) {
        guard let count: UInt16 = body.readInteger() else { return nil }
        let start = body
        for _ in 0..<count {
            guard let length: Int32 = body.readInteger(), length >= -1 else { return nil }
            if length > 0, body.readSlice(length: Int(length)) == nil { return nil }
        }
        self.count = Int(count)
        bytes = start
    }

    package var startIndex: Index { Index(ordinal: 0, offset: bytes.readerIndex) }
    package var endIndex: Index { Index(ordinal: count, offset: bytes.writerIndex) }

    package func index(after index: Index) -> Index {
        Index(ordinal: index.ordinal + 1, offset: index.offset + 4 + Swift.max(length(at: index), 0))
    }

    package subscript(index: Index) -> ByteBufferView? {
        let length = length(at: index)
        return length < 0 ? nil : bytes.getSlice(at: index.offset + 4, length: length)?.readableBytesView
    }

    private func length(at index: Index) -> Int {
        Int(bytes.getInteger(at: index.offset, as: Int32.self) ?? -1)
    }
}

extension ByteBuffer {
    /// The bytes before the next NUL; nil if there is none.
    package mutating func readNullTerminatedSlice() -> ByteBuffer? {
        guard let end = readableBytesView.firstIndex(of: 0) else { return nil }
        let slice = readSlice(length: end - readerIndex)
        moveReaderIndex(forwardBy: 1)
        return slice
    }

    /// A copy that keeps no larger storage alive.
    package func compacted() -> ByteBuffer { ByteBuffer(bytes: readableBytesView) }
}
