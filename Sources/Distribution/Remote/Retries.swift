/// When to ask again after no answer, or after one that may be another next time.
struct Retries: Sendable, Hashable {
    /// What a server may ask to wait at most.
    static let retryAfterMax = Duration.seconds(30)

    private var pauses: ArraySlice<Duration>
    private(set) var tries = 1

    /// - Parameter pauses: Before the second, the third, … time. Then it is given up.
    init(pauses: [Duration] = [.milliseconds(200), .milliseconds(600), .seconds(2), .seconds(5)]) {
        self.pauses = pauses[...]
    }

    /// Nil to give up.
    ///
    /// - Parameter retryAfter: The header of that name, if the answer had one.
    mutating func next(retryAfter: String? = nil) -> Duration? {
        guard let pause = pauses.popFirst() else { return nil }
        tries += 1
        // A date (RFC 9110 section 10.2.3) is not worth a parser here: our own pauses grow anyway.
        guard let retryAfter, let seconds = UInt32(retryAfter) else { return pause }
        return max(pause, min(.seconds(seconds), Self.retryAfterMax))
    }

    /// 408, 429 and 5xx: the same request may be answered otherwise.
    static func mayPass(status: Int) -> Bool { status == 408 || status == 429 || (500...599).contains(status) }
}
