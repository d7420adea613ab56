/// Reads `directory.yaml`.
struct DirectoryReader {
    struct Read {
        var directory: Directory
        var places: DirectoryPlaces
        var warnings: [Diagnostic]
    }

    private let collector = ProblemCollector()
    private let values: YAMLValues
    private var places: DirectoryPlaces
    private var teams: [String] = []

    /// - Throws: Every problem of the file, not only the first.
    static func read(_ text: String, file: String) throws(ConfigurationProblems) -> Read {
        let document = try YAMLDocument(parsing: text, file: file)
        var reader = DirectoryReader(file: file)
        let directory = reader.directory(document.root)
        guard let directory, !reader.collector.hasErrors else {
            throw ConfigurationProblems(diagnostics: reader.collector.problems)
        }
        return Read(directory: directory, places: reader.places, warnings: reader.collector.problems)
    }

    private init(file: String) {
        values = YAMLValues(collector: collector)
        places = DirectoryPlaces(file: file)
    }

    private mutating func directory(_ root: YAMLNode) -> Directory? {
        let what = "the directory"
        guard let fields = YAMLFields(root, what: what, known: ["teams", "people", "services"], collector) else {
            return nil
        }
        if let node = fields.optional("teams") { readTeams(node) }
        let people = fields.optional("people").map { nodes($0, "people") } ?? []
        let services = fields.optional("services").map { nodes($0, "services") } ?? []
        return Directory(
            teams: teams, people: people.compactMap { person($0) }, services: services.compactMap { service($0) })
    }

    private func nodes(_ node: YAMLNode, _ what: String) -> [YAMLNode] { values.list(node, what, { $0 }) ?? [] }

    private mutating func readTeams(_ node: YAMLNode) {
        for node in nodes(node, "teams") {
            guard let team = values.text(node, "a team") else { continue }
            guard !teams.containsExactly(team) else {
                collector.report(node.place.error("team \"\(team)\" stands twice", "Keep one."))
                continue
            }
            teams.append(team)
            places.parts[.team(ExactText(team))] = node.place
        }
    }

    private mutating func person(_ node: YAMLNode) -> Person? {
        let known = [
            "name", "employer", "employerCountry", "location", "citizenships", "covered", "teams", "certificate",
            "certificates",
        ]
        guard let fields = YAMLFields(node, what: "a person", known: known, collector) else { return nil }
        let name = name(fields, "a person")
        let what = name.map { "person \"\($0)\"" } ?? "a person"
        let employer = values.text(fields.required("employer", of: what), "employer")
        let employerCountry = values.jurisdiction(fields.required("employerCountry", of: what), "employerCountry")
        let location = values.jurisdiction(fields.required("location", of: what), "location")
        let citizenships = fields.required("citizenships", of: what, remedy: "Write citizenships: [US].").flatMap {
            values.list($0, "citizenships", { values.jurisdiction($0, "a citizenship") })
        }
        let isCovered = fields.required(
            "covered", of: what, remedy: "Write covered: true for a covered person (28 CFR 202.211), else false."
        ).flatMap { values.flag($0, "covered") }
        let teams = fields.optional("teams").map { self.teams(of: $0, name) } ?? []
        let subjects = certificates(fields, what)
        guard let name, let employer, let employerCountry, let location, let citizenships, let isCovered else {
            return nil
        }
        return Person(
            name: name, employer: employer, employerCountry: employerCountry, location: location,
            citizenships: citizenships, isCovered: isCovered, teams: teams, certificateSubjects: subjects)
    }

    private func certificates(_ fields: YAMLFields, _ what: String) -> [String] {
        var subjects: [String] = []
        for key in ["certificate", "certificates"] {
            guard let node = fields.optional(key) else { continue }
            let nodes = if case .sequence(let nodes) = node.content { nodes } else { [node] }
            for node in nodes {
                guard let subject = values.text(node, "a certificate's subject") else { continue }
                guard subject.contains("=") else {
                    collector.report(
                        node.place.error(
                            "\"\(subject)\" is no certificate subject", "Write it as RFC 4514 does: CN=alice,O=Example."
                        ))
                    continue
                }
                subjects.append(subject)
            }
        }
        if subjects.isEmpty, fields.optional("certificate") == nil, fields.optional("certificates") == nil {
            collector.report(
                fields.place.warning("\(what) has no certificate and cannot connect", "Add certificate: \"CN=…\"."))
        }
        return subjects
    }

    private mutating func service(_ node: YAMLNode) -> Service? {
        let known = ["name", "location", "teams", "scram"]
        guard let fields = YAMLFields(node, what: "a service", known: known, collector) else { return nil }
        let name = name(fields, "a service")
        let what = name.map { "service \"\($0)\"" } ?? "a service"
        let location = values.jurisdiction(fields.required("location", of: what), "location")
        let teams = fields.optional("teams").map { self.teams(of: $0, name) } ?? []
        let remedy = "Make one with \"ringfence keygen scram\"."
        let verifier = fields.required("scram", of: what, remedy: remedy).flatMap { node -> String? in
            guard let text = values.text(node, "scram") else { return nil }
            if let defect = SCRAMVerifierText.defect(of: text) {
                collector.report(node.place.error("the SCRAM verifier of \(what) \(defect)", remedy))
                return nil
            }
            return text
        }
        guard let name, let location, let verifier else { return nil }
        return Service(name: name, location: location, teams: teams, scramVerifier: verifier)
    }

    /// A login name becomes part of a role's name, `alice#3fa9c1d2e4`, for which PostgreSQL has 63 bytes.
    private mutating func name(_ fields: YAMLFields, _ what: String) -> String? {
        guard let node = fields.required("name", of: what), let name = values.text(node, "the name of \(what)") else {
            return nil
        }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                UInt8(ascii: "."), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        guard isPlain, name.utf8.count <= 40 else {
            collector.report(
                node.place.error(
                    "\"\(name)\" cannot be part of a role's name",
                    "Use 1 to 40 of the characters a to z, 0 to 9, underscore, dot and hyphen."))
            return nil
        }
        if let other = places.parts[.principal(ExactText(name))] {
            collector.report(
                node.place.error(
                    "\"\(name)\" is also the name of line \(other.line)", "Names are unique over people and services."))
            return nil
        }
        places.parts[.principal(ExactText(name))] = node.place
        return name
    }

    private mutating func teams(of node: YAMLNode, _ name: String?) -> [String] {
        var found: [String] = []
        for node in nodes(node, "teams") {
            guard let team = values.text(node, "a team") else { continue }
            guard teams.containsExactly(team) else {
                let meant = nearest(to: team, among: teams).map { "Did you mean \"\($0)\"?" }
                collector.report(
                    node.place.error(
                        "there is no team \"\(team)\"", meant ?? "Add it to teams at the top of this file."))
                continue
            }
            guard !found.containsExactly(team) else {
                collector.report(node.place.error("team \"\(team)\" stands twice", "Keep one."))
                continue
            }
            found.append(team)
            if let name { places.parts[.principalTeam(ExactText(name), team: ExactText(team))] = node.place }
        }
        return found
    }
}
