/// A string that equals another only if their bytes do.
///
/// `String ==` is canonical equivalence, so `"é"` written as one scalar and as two would be the same user.
/// Cedar compares bytes and normalises nothing. Ordered by bytes too.
public struct CedarString: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let text: String

    public init(_ text: String) { self.text = text }

    public init(stringLiteral text: String) { self.text = text }

    public var description: String { text }

    public static func == (left: CedarString, right: CedarString) -> Bool {
        guard left.text.utf8.count == right.text.utf8.count else { return false }
        let areEqual = left.text.utf8.withContiguousStorageIfAvailable { left in
            right.text.utf8.withContiguousStorageIfAvailable { right in
                left.indices.allSatisfy { left[$0] == right[$0] }
            }
        }
        return areEqual.flatMap { $0 } ?? left.text.utf8.elementsEqual(right.text.utf8)
    }

    public static func < (left: CedarString, right: CedarString) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        let isContiguous: Void? = text.utf8.withContiguousStorageIfAvailable {
            hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isContiguous == nil {
            for byte in text.utf8 { hasher.combine(byte) }
        }
        hasher.combine(text.utf8.count)
    }

    /// As a Cedar literal, with its quotes.
    public var literal: String {
        var result = String.UnicodeScalarView()
        result.append("\"")
        for scalar in text.unicodeScalars { Self.escape(scalar, into: &result) }
        result.append("\"")
        return String(result)
    }

    /// Writes a scalar as it stands in a literal.
    static func escape(_ scalar: Unicode.Scalar, into result: inout String.UnicodeScalarView) {
        switch scalar {
        case "\"": result.append(contentsOf: "\\\"".unicodeScalars)
        case "\\": result.append(contentsOf: "\\\\".unicodeScalars)
        case "\n": result.append(contentsOf: "\\n".unicodeScalars)
        case "\r": result.append(contentsOf: "\\r".unicodeScalars)
        case "\t": result.append(contentsOf: "\\t".unicodeScalars)
        case "\0": result.append(contentsOf: "\\0".unicodeScalars)
        case _ where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value):
            result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
        default: result.append(scalar)
        }
    }
}
