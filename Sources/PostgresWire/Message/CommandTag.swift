package import NIOCore

extension ByteBuffer {
    /// The number in the tag `COPY n` of a CommandComplete body; nil for every other tag.
    package var rowsOfCopyTag: UInt64? {
        guard readableBytes > 6, getInteger(at: readerIndex, as: UInt32.self) == 0x434F_5059 else { return nil }
        var rows: UInt64 = 0
        for byte in readableBytesView.dropFirst(5).dropLast() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (tens, isTooMuch) = rows.multipliedReportingOverflow(by: 10)
            let (sum, isOver) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
            guard !isTooMuch, !isOver else { return nil }
            rows = sum
        }
        return rows
    }
}
