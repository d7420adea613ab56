/// How long something is kept, by the calendar: `90 days`, `18 months`, `10 years`.
public struct RetentionPeriod: Sendable, Hashable, CustomStringConvertible {
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        case day, month, year
    }

    /// Of years; more is no period anybody means.
    static let yearsMax: Int64 = 1000

    public let count: Int64
    public let unit: Unit

    /// A count and a unit in one of the forms `18 months`, `1 month`, `10 y` and `10y`; nil for anything else, and for
    /// nothing or more than 1,000 years.
    public init?(parsing text: String) {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard (1...6).contains(digits.count), let count = Int64(String(decoding: digits, as: UTF8.self)), count > 0
        else { return nil }
        var word = text.utf8.dropFirst(digits.count)
        if word.first == 0x20 { word = word.dropFirst() }
        let unit = Unit.allCases.first { unit in
            [unit.rawValue, unit.rawValue + "s", unit.letters].contains { word.elementsEqual($0.utf8) }
        }
        guard let unit, count <= Self.yearsMax * unit.perYearMax else { return nil }
        self.count = count
        self.unit = unit
    }

    public var description: String { counted(count, unit.rawValue) }

    /// What is older than the result at `time` has been kept for long enough: the same time of day so many days,
    /// months or years before, on the month's last day if it has no such one.
    public func beginning(endingAt time: EntryTime) -> EntryTime {
        let dayMilliseconds: Int64 = 86_400_000
        let days = time.millisecondsSince1970 / dayMilliseconds
        let date = CivilDate(daysSince1970: days)
        let begin: Int64
        switch unit {
        case .day: begin = days - count
        case .month, .year:
            let months = date.year * 12 + date.month - 1 - (unit == .month ? count : count * 12)
            let day = (1...date.day).reversed().lazy.compactMap {
                CivilDate(year: months / 12, month: months % 12 + 1, day: $0)
            }.first
            begin = months < 0 ? 0 : day?.daysSince1970 ?? 0
        }
        return EntryTime(
            millisecondsSince1970: begin * dayMilliseconds + time.millisecondsSince1970 % dayMilliseconds)
    }
}

extension RetentionPeriod.Unit {
    fileprivate var letters: String {
        switch self {
        case .day: "d"
        case .month: "mo"
        case .year: "y"
        }
    }

    fileprivate var perYearMax: Int64 {
        switch self {
        case .day: 365
        case .month: 12
        case .year: 1
        }
    }
}
