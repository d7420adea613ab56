/// Reads who is expected something of: somebody of the directory, or a principal made up for the test.
struct ExpectedPrincipalReader {
    private let directory: Directory
    private let collector: ProblemCollector
    private let values: YAMLValues
    private var madeUp: [ExactText: Principal] = [:]

    private static let known = [
        "kind", "employer", "employerCountry", "location", "citizenships", "covered", "teams",
    ]

    private enum Kind: String, CaseIterable {
        case person, service
    }

    init(directory: Directory, collector: ProblemCollector) {
        self.directory = directory
        self.collector = collector
        values = YAMLValues(collector: collector)
    }

    /// The section `principals`: names and their attributes.
    mutating func readMadeUp(_ node: YAMLNode) {
        guard let fields = YAMLFields(node, what: "principals", known: nil, collector) else { return }
        for (name, place, value) in fields.all {
            guard directory.principal(named: name) == nil else {
                collector.report(
                    place.error("\"\(name)\" is in the directory", "Give the principal made up here another name."))
                continue
            }
            if let principal = principal(value, name: name) { madeUp[ExactText(name)] = principal }
        }
    }

    /// `as: alice`, or `as: { location: CN, covered: true, teams: [engineering] }`.
    func principal(_ node: YAMLNode) -> Principal? {
        if case .mapping = node.content { return principal(node, name: nil) }
        guard let name = values.text(node, "as") else { return nil }
        if let principal = madeUp[ExactText(name)] ?? directory.principal(named: name) { return principal }
        let names = directory.principals.map(\.name) + madeUp.keys.map(\.string).sorted()
        collector.report(
            node.place.error(
                "nobody is called \"\(name)\"",
                nearest(to: name, among: names).map { "Did you mean \"\($0)\"?" }
                    ?? "Name somebody of the directory, or make them up under principals."))
        return nil
    }

    private func principal(_ node: YAMLNode, name: String?) -> Principal? {
        let what = name.map { "principal \"\($0)\"" } ?? "a principal"
        guard let fields = YAMLFields(node, what: what, known: Self.known, collector) else { return nil }
        let kind = fields.optional("kind").map { values.choice($0, "kind", Kind.self) } ?? .person
        let location = values.jurisdiction(fields.required("location", of: what), "location")
        let teams = fields.optional("teams").map(self.teams) ?? []
        guard let kind, let location else { return nil }
        switch kind {
        case .service:
            for key in ["employer", "employerCountry", "citizenships", "covered"] {
                guard let node = fields.optional(key) else { continue }
                collector.report(node.place.error("a service has no \(key)", "Leave it out, or write kind: person."))
            }
            return .service(
                Service(name: name ?? "a service in \(location)", location: location, teams: teams, scramVerifier: ""))
        case .person:
            let employer = fields.optional("employer").map { values.text($0, "employer") } ?? "nobody named"
            let country =
                fields.optional("employerCountry").map { values.jurisdiction($0, "employerCountry") } ?? location
            let citizenships =
                fields.optional("citizenships").map { node in
                    values.list(node, "citizenships") { values.jurisdiction($0, "a citizenship") }
                } ?? [location]
            let isCovered = fields.optional("covered").map { values.flag($0, "covered") } ?? false
            guard let employer, let country, let citizenships, let isCovered else { return nil }
            var person = Person(
                name: name ?? "", employer: employer, employerCountry: country, location: location,
                citizenships: citizenships, isCovered: isCovered, teams: teams, certificateSubjects: [])
            if name == nil { person.name = EqualPrincipals.words(of: .person(person), isOne: true) }
            return .person(person)
        }
    }

    private func teams(_ node: YAMLNode) -> [String] {
        let teams = values.list(node, "teams") { node -> String? in
            guard let team = values.text(node, "a team") else { return nil }
            if directory.teams.containsExactly(team) { return team }
            collector.report(
                node.place.error(
                    "there is no team \"\(team)\"",
                    nearest(to: team, among: directory.teams).map { "Did you mean \"\($0)\"?" }
                        ?? "The directory has \(directory.teams.joined(separator: ", "))."))
            return nil
        }
        return teams ?? []
    }
}
