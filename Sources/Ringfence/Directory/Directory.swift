/// The people and services that may connect, from `directory.yaml`.
public struct Directory: Sendable, Hashable {
    public var teams: [String]
    public var people: [Person]
    public var services: [Service]

    public init(teams: [String], people: [Person], services: [Service]) {
        self.teams = teams
        self.people = people
        self.services = services
    }
}

public struct Person: Sendable, Hashable {
    /// The login name; also what the enclosure's login role is called before `#`.
    public var name: String
    public var employer: String
    public var employerCountry: Jurisdiction
    /// Where the person works.
    public var location: Jurisdiction
    public var citizenships: [Jurisdiction]
    /// 28 CFR 202.211.
    public var isCovered: Bool
    public var teams: [String]
    /// The subjects of client certificates that are this person, as RFC 4514 text (`CN=alice,O=Example`).
    public var certificateSubjects: [String]

    public init(
        name: String, employer: String, employerCountry: Jurisdiction, location: Jurisdiction,
        citizenships: [Jurisdiction], isCovered: Bool, teams: [String], certificateSubjects: [String]
    ) {
        self.name = name
        self.employer = employer
        self.employerCountry = employerCountry
        self.location = location
        self.citizenships = citizenships
        self.isCovered = isCovered
        self.teams = teams
        self.certificateSubjects = certificateSubjects
    }
}

public struct Service: Sendable, Hashable {
    public var name: String
    public var location: Jurisdiction
    public var teams: [String]
    /// PostgreSQL's form, `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`.
    public var scramVerifier: String

    public init(name: String, location: Jurisdiction, teams: [String], scramVerifier: String) {
        self.name = name
        self.location = location
        self.teams = teams
        self.scramVerifier = scramVerifier
    }
}

/// Who asks.
public enum Principal: Sendable, Hashable {
    case person(Person)
    case service(Service)

    public var name: String {
        switch self {
        case .person(let person): person.name
        case .service(let service): service.name
        }
    }

    public var location: Jurisdiction {
        switch self {
        case .person(let person): person.location
        case .service(let service): service.location
        }
    }

    /// A service is never a covered person; the people who run it are.
    public var isCovered: Bool {
        switch self {
        case .person(let person): person.isCovered
        case .service: false
        }
    }

    public var teams: [String] {
        switch self {
        case .person(let person): person.teams
        case .service(let service): service.teams
        }
    }
}

extension Directory {
    /// The person or service with this login name.
    public func principal(named name: String) -> Principal? {
        if let person = people.first(where: { $0.name.isExactly(name) }) { return .person(person) }
        return services.first { $0.name.isExactly(name) }.map(Principal.service)
    }

    public var principals: [Principal] { people.map(Principal.person) + services.map(Principal.service) }
}
