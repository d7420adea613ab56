/// The sealed details of up to 256 entries in one file, beside the tree: each a big-endian 32-bit number, which is 0
/// for an entry without detail and else one more than the length, and that many bytes.
package enum DetailBundle {
    package static func append(_ detail: [UInt8]?, to bytes: inout [UInt8]) {
        let number = UInt32(detail.map { $0.count + 1 } ?? 0)
        for shift: UInt32 in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        if let detail { bytes.append(contentsOf: detail) }
    }

    /// The detail at a position, read without its neighbours; nil if there is none, also if the file ends before it.
    static func detail(_ position: Int, of file: any LogFile) throws(StorageError) -> [UInt8]? {
        guard let (offset, length) = try locate(position, of: file), let length else { return nil }
        return try read(length, at: offset, of: file)
    }

    /// How long each detail is, as far as the file goes; 0 where there is none.
    static func lengths(of file: any LogFile) throws(StorageError) -> [Int] {
        let size = try file.size()
        // All of a file in which nothing is left.
        let start = try read(Int(min(size, UInt64(4 * TilePath.fullWidth))), at: 0, of: file) ?? []
        var lengths: [Int] = []
        var offset: UInt64 = 0
        while offset + 4 <= size {
            let header: [UInt8]
            if offset + 4 <= UInt64(start.count) {
                header = Array(start[Int(offset)..<Int(offset) + 4])
            } else if let read = try read(4, at: offset, of: file) {
                header = read
            } else {
                break
            }
            let length = max(header.reduce(0) { $0 << 8 | Int($1) } - 1, 0)
            lengths.append(length)
            offset += 4 + UInt64(length)
        }
        return lengths
    }

    /// Where the first `count` details end; nil if the file is too short for them.
    static func end(after count: Int, of file: any LogFile) throws(StorageError) -> UInt64? {
        if count == 0 { return 0 }
        guard let (offset, length) = try locate(count - 1, of: file) else { return nil }
        let end = offset + UInt64(length ?? 0)
        return end <= (try file.size()) ? end : nil
    }

    /// A bundle of the first `count` details without those for which `isErased` says so; nil if there are none such.
    ///
    /// An erased detail stays as one of no bytes: there was one once.
    /// - Throws: `MalformedBundle` if there are fewer details than `count`.
    static func erasing(
        _ bytes: [UInt8], count: Int, _ isErased: (Int) -> Bool
    ) throws(MalformedBundle) -> [UInt8]? {
        var result: [UInt8] = []
        var offset = 0
        var isChanged = false
        for position in 0..<count {
            guard offset + 4 <= bytes.count else { throw MalformedBundle() }
            let number = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            offset += 4
            let length = max(number - 1, 0)
            guard length <= bytes.count - offset else { throw MalformedBundle() }
            let detail = bytes[offset..<offset + length]
            offset += length
            let erases = length > 0 && isErased(position)
            isChanged = isChanged || erases
            append(number == 0 ? nil : erases ? [] : Array(detail), to: &result)
        }
        return isChanged ? result : nil
    }

    struct MalformedBundle: Error {}

    private static func locate(_ position: Int, of file: any LogFile) throws(StorageError) -> (UInt64, Int?)? {
        var offset: UInt64 = 0
        for current in 0...position {
            guard let header = try read(4, at: offset, of: file) else { return nil }
            let number = header.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            let length = number == 0 ? nil : Int(number - 1)
            offset += 4
            if current == position { return (offset, length) }
            offset += UInt64(length ?? 0)
        }
        return nil
    }

    private static func read(_ count: Int, at offset: UInt64, of file: any LogFile) throws(StorageError) -> [UInt8]? {
        guard offset + UInt64(count) <= (try file.size()) else { return nil }
        var failure: StorageError?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(StorageError) {
                let target = UnsafeMutableRawBufferPointer(start: buffer.baseAddress, count: count)
                initialized = try file.read(into: target, at: offset)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes.count == count ? bytes : nil
    }
}
