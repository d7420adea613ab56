/// A parameter of a query in PostgreSQL's binary format.
package enum BinaryParameter: Sendable {
    case text(String)
    case bigint(Int64)
    case bytes([UInt8])
    /// `bytea[]`; nil for NULL.
    case bytesArray([[UInt8]?])
    /// `bigint[]`
    case bigintArray([Int64])

    /// The type's OID, as `pg_type.dat` has it for ever.
    var type: UInt32 {
        switch self {
        case .text: 25
        case .bigint: 20
        case .bytes: 17
        case .bytesArray: 1001
        case .bigintArray: 1016
        }
    }

    var bytes: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .bigint(let number): withUnsafeBytes(of: number.bigEndian) { Array($0) }
        case .bytes(let bytes): bytes
        case .bytesArray(let elements):
            Self.array(elements, of: 17) { $0 }
        case .bigintArray(let numbers):
            Self.array(numbers, of: 20) { number in withUnsafeBytes(of: number.bigEndian) { Array($0) } }
        }
    }

    /// One dimension, whose first index is 1 (`array_recv`).
    private static func array<Element>(
        _ elements: [Element], of type: Int32, _ encoded: (Element) -> [UInt8]?
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: Int32) { withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) } }
        append(elements.isEmpty ? 0 : 1)
        append(1)  // there may be NULLs
        append(type)
        guard !elements.isEmpty else { return bytes }
        append(Int32(clamping: elements.count))
        append(1)
        for element in elements {
            guard let value = encoded(element) else {
                append(-1)
                continue
            }
            append(Int32(clamping: value.count))
            bytes.append(contentsOf: value)
        }
        return bytes
    }
}

/// A column's value in PostgreSQL's binary format; no bytes for NULL.
package struct BinaryColumn: Sendable {
    package let bytes: [UInt8]?

    /// An integer or boolean of any width; nil for NULL and everything else.
    package var integer: Int64? {
        guard let bytes, [1, 2, 4, 8].contains(bytes.count) else { return nil }
        let isNegative = bytes[0] & 0x80 != 0
        return bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    package var text: String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
}
