import Ringfence
import Testing

@Suite struct RetentionPeriodTests {
    @Test func `a clock that is years ahead makes nothing old`() throws {
        let last = try #require(EntryTime(parsingDateOrTime: "2026-03-31T12:00:00Z"))
        let ahead = try #require(EntryTime(parsingDateOrTime: "2044-01-01T00:00:00Z"))
        let clock = LedgerClock(lastEntry: last)
        #expect(clock.now(after: .seconds(60), wallClock: ahead) == last.advanced(byMilliseconds: 60_000))
        let behind = last.advanced(byMilliseconds: 5000)
        #expect(clock.now(after: .seconds(60), wallClock: behind) == behind)
        #expect(LedgerClock(lastEntry: nil).now(after: .seconds(60), wallClock: ahead) == nil)
    }

    @Test(arguments: [
        ("1 day", "2026-03-30T12:00:00Z"), ("90 days", "2025-12-31T12:00:00Z"), ("1 month", "2026-02-28T12:00:00Z"),
        ("18 months", "2024-09-30T12:00:00Z"), ("13mo", "2025-02-28T12:00:00Z"), ("10y", "2016-03-31T12:00:00Z"),
        ("25 months", "2024-02-29T12:00:00Z"), ("3 months", "2025-12-31T12:00:00Z"),
        ("100 years", "1970-01-01T00:00:00Z"),
    ])
    func `a period ends where the calendar says`(text: String, begin: String) throws {
        let now = try #require(EntryTime(parsingDateOrTime: "2026-03-31T12:00:00Z"))
        let period = try #require(RetentionPeriod(parsing: text))
        #expect(period.beginning(endingAt: now) == EntryTime(parsingDateOrTime: begin))
    }

    @Test(arguments: [
        "", "0 days", "18", "months", "-1 day", "1.5 years", "1  day", "1001 years", "9999999 days", "1 week",
    ])
    func `what is no period is none`(text: String) {
        #expect(RetentionPeriod(parsing: text) == nil)
    }
}
