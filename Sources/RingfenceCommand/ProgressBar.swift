import Glibc

/// How far a long piece of work is, on standard error if that is a terminal, and nowhere else.
final class ProgressBar {
    private static let columns = 32
    private static let millisecondsBetween: Int64 = 100

    private let what: String
    private let isShown: Bool
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant
    private var last: ContinuousClock.Instant?

    init(_ what: String, isShown: Bool = isatty(STDERR_FILENO) == 1) {
        self.what = what
        self.isShown = isShown
        start = clock.now
    }

    func show(_ done: UInt64, of total: UInt64) {
        guard isShown else { return }
        let now = clock.now
        if let last, last.advanced(by: .milliseconds(Self.millisecondsBetween)) > now { return }
        last = now
        write("\r\u{1b}[K" + Self.line(what, done, of: total, after: now - start))
    }

    /// Takes the line away: what follows is the result.
    func finish() {
        guard last != nil else { return }
        write("\r\u{1b}[K")
        last = nil
    }

    static func line(_ what: String, _ done: UInt64, of total: UInt64, after elapsed: Duration) -> String {
        let share = total == 0 ? 1 : min(1, Double(done) / Double(total))
        let filled = Int(share * Double(columns))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: columns - filled)
        let (seconds, attoseconds) = elapsed.components
        let time = Double(seconds) + Double(attoseconds) * 1e-18
        let rate = time > 0 ? Int(Double(done) / time) : 0
        return "\(what) \(bar) \(Int(share * 100)) %, \(done) of \(total), \(rate)/s"
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
    }
}
