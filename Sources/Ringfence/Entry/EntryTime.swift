/// A point in time as entries state it: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Always handed in: nothing in this module reads a clock.
public struct EntryTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let millisecondsSince1970: Int64

    /// 9999-12-31T23:59:59.999Z, the last one that RFC 3339 can write.
    public static let max = EntryTime(unchecked: 253_402_300_799_999)
    static let textBytes = 24

    /// Times before 1970 and after ``max`` become the nearest one that can be written.
    public init(millisecondsSince1970 milliseconds: Int64) {
        self.init(unchecked: Swift.min(Swift.max(milliseconds, 0), Self.max.millisecondsSince1970))
    }

    /// - Parameter seconds: POSIX seconds as a witness wrote them.
    public init(cosignedAt seconds: UInt64) {
        self.init(
            millisecondsSince1970: Int64(Swift.min(seconds, UInt64(Self.max.millisecondsSince1970) / 1000)) * 1000)
    }

    private init(unchecked milliseconds: Int64) { millisecondsSince1970 = milliseconds }

    /// Parses the one form entries use, RFC 3339 in UTC with milliseconds: `2026-07-01T12:00:00.123Z`.
    public init?(parsing text: some Collection<UInt8>) {
        let text = Array(text)
        guard text.count == Self.textBytes else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            var value: Int64 = 0
            for byte in text[range] {
                guard byte >= 0x30, byte <= 0x39 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
            }
            return value
        }
        for (position, mark) in [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z")] {
            guard text[position] == mark.utf8.first else { return nil }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let millisecond = number(20..<23),
            year >= 1970, hour < 24, minute < 60, second < 60,
            let days = CivilDate(year: year, month: month, day: day)?.daysSince1970
        else { return nil }
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        self.init(unchecked: seconds * 1000 + millisecond)
    }

    /// Midnight UTC at the beginning of a day `2026-07-01`, or a time in the form entries use.
    public init?(parsingDateOrTime text: String) {
        let bytes = Array(text.utf8)
        if let time = EntryTime(parsing: bytes) {
            self = time
        } else if bytes.count == 10, let time = EntryTime(parsing: bytes + Array("T00:00:00.000Z".utf8)) {
            self = time
        } else if bytes.count == 20, bytes.last == UInt8(ascii: "Z"),
            let time = EntryTime(parsing: bytes.dropLast() + Array(".000Z".utf8))
        {
            self = time
        } else {
            return nil
        }
    }

    public var description: String {
        var writer = EntryWriter(capacity: Self.textBytes)
        writer.time(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// The day in UTC, such as `2026-07-01`.
    public var day: String { String(decoding: description.utf8.prefix(10), as: UTF8.self) }

    public static func < (left: EntryTime, right: EntryTime) -> Bool {
        left.millisecondsSince1970 < right.millisecondsSince1970
    }

    public func advanced(byMilliseconds milliseconds: Int64) -> EntryTime {
        let (sum, overflow) = millisecondsSince1970.addingReportingOverflow(milliseconds)
        return overflow ? (milliseconds > 0 ? .max : EntryTime(unchecked: 0)) : EntryTime(millisecondsSince1970: sum)
    }
}

/// A day of the Gregorian calendar, by Howard Hinnant's `days_from_civil`: exact, and without a table.
struct CivilDate {
    let year: Int64
    let month: Int64
    let day: Int64

    /// Nil if the month has no such day.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// - Parameter days: At least 0.
    init(daysSince1970 days: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
