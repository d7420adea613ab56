/// A span of time, possibly negative, in whole milliseconds: Cedar's `duration`.
public struct CedarDuration: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let milliseconds: Int64

    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Numbers with the units d, h, m, s, ms, in that order, each at most once: `-1d2h`. The sign is of the whole.
    public init(parsing text: String) throws(MalformedValueError) {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative { rest = rest.dropFirst() }
        var total: Int64 = 0
        var units = Self.units[...]
        guard !rest.isEmpty else { throw Self.malformed }
        while !rest.isEmpty {
            var number = CheckedInteger(isNegative: isNegative)
            let digits = rest.prefix(while: IdentifierRules.isDigit)
            guard !digits.isEmpty else { throw Self.malformed }
            for digit in digits { number.append(digit: digit) }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !IdentifierRules.isDigit($0) }
            guard let position = units.firstIndex(where: { $0.name.utf8.elementsEqual(letters) }) else {
                throw Self.malformed
            }
            rest = rest.dropFirst(letters.count)
            guard let value = number.value else { throw Self.tooLong }
            let (product, first) = value.multipliedReportingOverflow(by: units[position].milliseconds)
            let (sum, second) = total.addingReportingOverflow(product)
            guard !first, !second else { throw Self.tooLong }
            total = sum
            units = units[(position + 1)...]
        }
        milliseconds = total
    }

    static let millisecondsPerDay: Int64 = 86_400_000
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("d", millisecondsPerDay), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
    ]
    private static let malformed = MalformedValueError(
        reason: "a duration is numbers with the units d, h, m, s, ms in that order, such as 1d2h")
    private static let tooLong = MalformedValueError(reason: "a duration is at most 9223372036854775807ms")

    public var description: String { "\(milliseconds)ms" }

    public static func < (left: CedarDuration, right: CedarDuration) -> Bool {
        left.milliseconds < right.milliseconds
    }
}
