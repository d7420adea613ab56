/// A decimal number with four digits after the point, exact: Cedar's `decimal`.
public struct CedarDecimal: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The number times 10,000.
    public let tenThousandths: Int64

    public init(tenThousandths: Int64) { self.tenThousandths = tenThousandths }

    /// Digits, a point and one to four digits, with `-` before if need be: nothing else.
    public init(parsing text: String) throws(MalformedValueError) {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        guard let point = rest.firstIndex(of: UInt8(ascii: ".")) else {
            throw MalformedValueError(reason: "a decimal has a point, such as 1.0")
        }
        let whole = rest[..<point]
        let fraction = rest[(point + 1)...]
        guard !whole.isEmpty, !fraction.isEmpty, whole.allSatisfy(IdentifierRules.isDigit),
            fraction.allSatisfy(IdentifierRules.isDigit)
        else { throw MalformedValueError(reason: "a decimal is digits, a point and digits, such as 1.0") }
        guard fraction.count <= 4 else {
            throw MalformedValueError(reason: "a decimal has at most four digits after the point")
        }
        var number = CheckedInteger(isNegative: isNegative)
        for digit in whole { number.append(digit: digit) }
        for digit in fraction { number.append(digit: digit) }
        for _ in fraction.count..<4 { number.append(digit: 0x30) }
        guard let value = number.value else {
            throw MalformedValueError(reason: "a decimal is at most 922337203685477.5807")
        }
        tenThousandths = value
    }

    public var description: String {
        let magnitude = tenThousandths.magnitude
        let fraction = String(magnitude % 10_000)
        let padding = String(repeating: "0", count: 4 - fraction.utf8.count)
        return "\(tenThousandths < 0 ? "-" : "")\(magnitude / 10_000).\(padding)\(fraction)"
    }

    public static func < (left: CedarDecimal, right: CedarDecimal) -> Bool {
        left.tenThousandths < right.tenThousandths
    }
}

/// Why a text is not a value of an extension type.
public struct MalformedValueError: Error, Sendable, Hashable {
    /// What is expected, in words.
    public let reason: String
}

/// Collects decimal digits into an `Int64`; grows downwards for negative numbers, so that the least one fits.
struct CheckedInteger {
    private let isNegative: Bool
    /// Nil once it does not fit.
    private(set) var value: Int64? = 0

    init(isNegative: Bool) { self.isNegative = isNegative }

    /// - Parameter digit: An ASCII digit.
    mutating func append(digit: UInt8) {
        guard let current = value else { return }
        let (tenfold, first) = current.multipliedReportingOverflow(by: 10)
        let amount = Int64(digit) - 0x30
        let (sum, second) =
            isNegative ? tenfold.subtractingReportingOverflow(amount) : tenfold.addingReportingOverflow(amount)
        value = first || second ? nil : sum
    }
}
