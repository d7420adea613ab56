import Crypto

/// The bytes of a write-ahead log segment: a header, then frames, then whatever an earlier use of the file left.
///
/// All integers are little-endian. A segment file is used again and again, so each use draws a random `salt`, which
/// every frame of it repeats: old bytes, or bytes that somebody managed to have logged, are never taken for a frame.
enum WALFormat {
    static let headerBytes = 64
    static let frameHeaderBytes = 40
    private static let magic: UInt64 = 0x0001_4C41_5746_4752  // "RGFWAL", version 1
    private static let noDetail = UInt32.max

    struct Header: Sendable, Hashable {
        /// Orders the segments in time.
        var sequence: UInt64
        var salt: UInt64
        var firstIndex: UInt64
        /// Of the log's origin: a segment of another log is not replayed.
        var origin: UInt64
    }

    struct Frame: Sendable {
        var salt: UInt64
        var index: UInt64
        /// The first index of the group it was written with. That group was written after every earlier one had been
        /// made durable.
        var groupFirst: UInt64
        var entry: Range<Int>
        var detail: Range<Int>?
        var end: Int
    }

    static func frameBytes(entry: Int, detail: Int?) -> Int { frameHeaderBytes + entry + (detail ?? 0) }

    static func originCode(_ origin: String) -> UInt64 {
        SHA256.hash(data: Array(origin.utf8)).withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    /// `buffer` has at least ``headerBytes``.
    static func write(_ header: Header, to buffer: UnsafeMutableRawBufferPointer) {
        for offset in 0..<headerBytes { buffer[offset] = 0 }
        let words = [magic, header.sequence, header.salt, header.firstIndex, header.origin]
        for (position, word) in words.enumerated() { store(word, to: buffer, at: 8 * position) }
        store(checksum(of: UnsafeRawBufferPointer(rebasing: buffer[..<40])), to: buffer, at: 40)
    }

    static func header(of bytes: UnsafeRawBufferPointer) -> Header? {
        guard bytes.count >= headerBytes, load(bytes, 0) == magic,
            load(bytes, 40) == checksum(of: UnsafeRawBufferPointer(rebasing: bytes[..<40]))
        else { return nil }
        return Header(
            sequence: load(bytes, 8), salt: load(bytes, 16), firstIndex: load(bytes, 24), origin: load(bytes, 32))
    }

    /// `buffer` has at least ``frameBytes(entry:detail:)``.
    static func write(
        entry: [UInt8], detail: [UInt8]?, index: UInt64, groupFirst: UInt64, salt: UInt64,
        to buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        store(salt, to: buffer, at: 8)
        store(index, to: buffer, at: 16)
        store(groupFirst, to: buffer, at: 24)
        store(UInt64(entry.count) | UInt64(detail.map { UInt32($0.count) } ?? noDetail) << 32, to: buffer, at: 32)
        var end = frameHeaderBytes
        for part in [entry, detail ?? []] where !part.isEmpty {
            UnsafeMutableRawBufferPointer(rebasing: buffer[end..<(end + part.count)]).copyBytes(from: part)
            end += part.count
        }
        store(checksum(of: UnsafeRawBufferPointer(rebasing: buffer[8..<end])), to: buffer, at: 0)
        return end
    }

    /// The frame at an offset, if what is there has a valid checksum; the salt is the caller's to check.
    static func frame(of bytes: UnsafeRawBufferPointer, at offset: Int) -> Frame? {
        guard bytes.count - offset >= frameHeaderBytes else { return nil }
        let lengths = load(bytes, offset + 32)
        let entryLength = Int(UInt32(truncatingIfNeeded: lengths))
        let detailNumber = UInt32(truncatingIfNeeded: lengths >> 32)
        let detailLength = detailNumber == noDetail ? 0 : Int(detailNumber)
        guard entryLength <= LogRecord.entryBytesMax,
            entryLength + detailLength <= bytes.count - offset - frameHeaderBytes
        else { return nil }
        let entry = (offset + frameHeaderBytes)..<(offset + frameHeaderBytes + entryLength)
        let end = entry.upperBound + detailLength
        guard load(bytes, offset) == checksum(of: UnsafeRawBufferPointer(rebasing: bytes[(offset + 8)..<end])) else {
            return nil
        }
        return Frame(
            salt: load(bytes, offset + 8), index: load(bytes, offset + 16), groupFirst: load(bytes, offset + 24),
            entry: entry, detail: detailNumber == noDetail ? nil : entry.upperBound..<end, end: end)
    }

    static func salt(of bytes: UnsafeRawBufferPointer, frameAt offset: Int) -> UInt64 { load(bytes, offset + 8) }

    // SHA-256 rather than a CRC: BoringSSL's is as fast as a table-driven CRC, and 64 bits of it miss nothing.
    private static func checksum(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = SHA256()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize().withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
    }

    private static func load(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    private static func store(_ value: UInt64, to buffer: UnsafeMutableRawBufferPointer, at offset: Int) {
        buffer.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
}
