/// Limits that do not limit.
struct LimitCheck {
    let inputs: RingfenceInputs
    let collector: ProblemCollector

    func run() {
        let limits = inputs.configuration.gateway.limits
        let setting = "gateway.limits.sessionsPerPrincipal"
        guard inputs.places.configuration[setting] != nil, limits.sessionsPerPrincipal >= limits.sessions else {
            return
        }
        collector.report(
            inputs.place(of: setting).warning(
                "one principal may take all \(counted(limits.sessions, "session")), so that nobody else gets in",
                "Let sessionsPerPrincipal be less than sessions."))
    }
}
