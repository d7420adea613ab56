/// A point in time, in milliseconds since 1970-01-01T00:00:00Z without leap seconds: Cedar's `datetime`.
public struct CedarDatetime: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let millisecondsSince1970: Int64

    public init(millisecondsSince1970: Int64) { self.millisecondsSince1970 = millisecondsSince1970 }

    /// `2024-10-15`, `2024-10-15T11:35:00Z` or `…00+0100`, the seconds with exactly three decimals or none.
    public init(parsing text: String) throws(MalformedValueError) {
        var reader = DigitReader(rest: Array(text.utf8)[...])
        guard let year = reader.number(digits: 4), reader.take("-"), let month = reader.number(digits: 2),
            reader.take("-"), let day = reader.number(digits: 2)
        else { throw Self.malformed }
        guard let days = GregorianDate.daysSince1970(year: year, month: month, day: day) else {
            throw MalformedValueError(reason: "there is no such day")
        }
        var milliseconds = days * CedarDuration.millisecondsPerDay
        if !reader.rest.isEmpty {
            guard reader.take("T"), let hour = reader.number(digits: 2), reader.take(":"),
                let minute = reader.number(digits: 2), reader.take(":"), let second = reader.number(digits: 2)
            else { throw Self.malformed }
            guard hour < 24, minute < 60, second < 60 else {
                throw MalformedValueError(reason: "hours go to 23, minutes and seconds to 59")
            }
            milliseconds += ((hour * 60 + minute) * 60 + second) * 1000
            if reader.take(".") {
                guard let fraction = reader.number(digits: 3) else { throw Self.malformed }
                milliseconds += fraction
            }
            milliseconds -= try reader.zoneOffset()
            guard reader.rest.isEmpty else { throw Self.malformed }
        }
        millisecondsSince1970 = milliseconds
    }

    fileprivate static let malformed = MalformedValueError(
        reason: "a datetime is 2024-10-15, 2024-10-15T11:35:00Z, 2024-10-15T11:35:00.000Z or with +0100 instead of Z")

    /// Midnight UTC before this moment; nil if that is out of range.
    public var date: CedarDatetime? {
        let (midnight, overflow) = millisecondsSince1970.subtractingReportingOverflow(time.milliseconds)
        return overflow ? nil : CedarDatetime(millisecondsSince1970: midnight)
    }

    /// The time since ``date``, never negative.
    public var time: CedarDuration {
        let remainder = millisecondsSince1970 % CedarDuration.millisecondsPerDay
        return CedarDuration(milliseconds: remainder < 0 ? remainder + CedarDuration.millisecondsPerDay : remainder)
    }

    /// As Cedar writes it between the years 0000 and 9999, in milliseconds otherwise.
    public var description: String {
        let day = CedarDuration.millisecondsPerDay
        let days = millisecondsSince1970 / day - (millisecondsSince1970 % day < 0 ? 1 : 0)
        guard let date = GregorianDate.fields(daysSince1970: days) else { return "\(millisecondsSince1970)ms" }
        let time = time.milliseconds
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        let clock = [time / 3_600_000, time / 60_000 % 60, time / 1000 % 60].map { padded($0, 2) }
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))"
            + "T\(clock.joined(separator: ":")).\(padded(time % 1000, 3))Z"
    }

    /// As a Cedar expression: a moment outside the years 0000 to 9999 is one inside them and an offset.
    var expression: String {
        let days = millisecondsSince1970 / CedarDuration.millisecondsPerDay
        // A day less at the beginning: the division rounds toward 1970.
        guard (-719_527...2_932_896).contains(days) else {
            return "datetime(\"1970-01-01\").offset(duration(\"\(millisecondsSince1970)ms\"))"
        }
        return "datetime(\"\(self)\")"
    }

    public static func < (left: CedarDatetime, right: CedarDatetime) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }
}

private struct DigitReader {
    var rest: ArraySlice<UInt8>

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard let first = rest.first, UInt32(first) == character.value else { return false }
        rest = rest.dropFirst()
        return true
    }

    mutating func number(digits count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(IdentifierRules.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
    }

    mutating func zoneOffset() throws(MalformedValueError) -> Int64 {
        if take("Z") { return 0 }
        let isWest = take("-")
        guard isWest || take("+"), let hours = number(digits: 2), let minutes = number(digits: 2) else {
            throw CedarDatetime.malformed
        }
        guard hours < 24, minutes < 60 else {
            throw MalformedValueError(reason: "a zone is at most 23 hours and 59 minutes from UTC")
        }
        let offset = (hours * 60 + minutes) * 60_000
        return isWest ? -offset : offset
    }
}

/// The proleptic Gregorian calendar, by Howard Hinnant's `days_from_civil`: exact, and year 0 exists.
private enum GregorianDate {
    /// Nil if the month has no such day.
    static func daysSince1970(year: Int64, month: Int64, day: Int64) -> Int64? {
        guard (1...12).contains(month), day >= 1, day <= days(inMonth: month, year: year) else { return nil }
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Nil outside the years 0000 to 9999.
    static func fields(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64)? {
        guard (-719_528...2_932_896).contains(days) else { return nil }
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func days(inMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
