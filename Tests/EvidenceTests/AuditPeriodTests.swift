import Evidence
import Ringfence
import Testing

struct AuditPeriodTests {
    static let now = EntryTime(parsingDateOrTime: "2026-07-15T12:00:00Z")!

    private func problem(_ from: String?, _ to: String?) -> String? {
        do throws(AuditPeriod.Problem) {
            _ = try AuditPeriod(from: from, to: to, now: Self.now)
            return nil
        } catch {
            return error.what
        }
    }

    @Test func `a day given to --to is included, a moment is not`() throws {
        let days = try AuditPeriod(from: "2026-07-01", to: "2026-07-01", now: Self.now)
        #expect(
            "\(try #require(days.from)) \(try #require(days.to))" == "2026-07-01T00:00:00.000Z 2026-07-02T00:00:00.000Z"
        )
        let moments = try AuditPeriod(from: "2026-07-01T10:00:00Z", to: "2026-07-01T11:00:00Z", now: Self.now)
        #expect(moments.to == EntryTime(parsingDateOrTime: "2026-07-01T11:00:00Z"))
        #expect(try AuditPeriod(from: nil, to: nil, now: Self.now) == AuditPeriod(from: nil, to: nil, now: .max))
    }

    @Test func `reversed and empty periods are refused`() {
        #expect(
            problem("2026-07-02", "2026-07-01T00:00:00Z") == "--from 2026-07-02 comes after --to 2026-07-01T00:00:00Z.")
        #expect(problem("2026-07-02", "2026-06-30") == "--from 2026-07-02 comes after --to 2026-06-30.")
        #expect(
            problem("2026-07-02", "2026-07-01") == "--from 2026-07-02 comes after --to 2026-07-01.")
        #expect(
            problem("2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z")
                == "between --from 2026-07-01T10:00:00Z and --to 2026-07-01T10:00:00Z is no time.")
        #expect(problem("2026-07-01T10:00:00Z", "2026-07-01") == nil)
    }

    @Test func `the future is refused, but not the day that it is`() {
        #expect(problem("2026-07-16", nil)?.contains("lies in the future") == true)
        #expect(problem(nil, "2026-07-16")?.contains("lies in the future") == true)
        #expect(problem(nil, "2026-07-15T12:00:01Z")?.contains("lies in the future") == true)
        #expect(problem("2026-07-15", "2026-07-15") == nil)
        #expect(problem(nil, "2026-07-15T12:00:00Z") == nil)
    }

    @Test func `what is no time is refused`() {
        #expect(problem("July", nil) == "--from July is no day and no moment.")
        #expect(problem(nil, "2026-02-30") == "--to 2026-02-30 is no day and no moment.")
    }
}
