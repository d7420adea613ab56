/// One attempt of somebody with a valid login to see what policy hides from them.
struct Attack: Sendable, CustomStringConvertible {
    /// Who attacks: each has a profile of another kind.
    enum Attacker: String, Sendable, CaseIterable {
        /// Covered, in CN: rows of US people are absent.
        case covered
        /// In SG: protected cells of US people are masked.
        case masked
        /// Sees pseudonyms in the place of phone numbers.
        case pseudonymous
        /// May write where cells are masked.
        case support
    }

    enum Expectation: Sendable {
        /// No raw value of a protected person shows anywhere in what comes back.
        case hidesRawValues
        /// What comes back is the same as for this script, which asks about a value that nobody has.
        case tellsNoMoreThan(String)
    }

    enum Means: Sendable {
        /// A script for psql.
        case psql(String)
        /// Messages after the login, by a client that keeps to no rules.
        case wire(WireAttack)
    }

    let name: String
    let attacker: Attacker
    let means: Means
    let expectation: Expectation
    /// What stands in its way: it succeeds where all of these are left out.
    let stoppedBy: [Countermeasure]

    var description: String { "\(attacker.rawValue): \(name)" }

    static func psql(
        _ name: String, by attacker: Attacker, _ script: String, stoppedBy countermeasures: Countermeasure...
    ) -> Attack {
        Attack(
            name: name, attacker: attacker, means: .psql(script), expectation: .hidesRawValues,
            stoppedBy: countermeasures)
    }

    static func oracle(
        _ name: String, by attacker: Attacker, _ script: String, likewise: String,
        stoppedBy countermeasures: Countermeasure...
    ) -> Attack {
        Attack(
            name: name, attacker: attacker, means: .psql(script), expectation: .tellsNoMoreThan(likewise),
            stoppedBy: countermeasures)
    }
}

/// What an attack does below SQL.
enum WireAttack: Sendable {
    /// FunctionCall of a function by its oid, with text arguments.
    case functionCall(oid: UInt32, arguments: [String])
    /// Parse and Bind, then Flush: planning alone runs immutable functions.
    case bindOnly(setup: [String], sql: String)
    /// Startup parameters beside user and database, then a query.
    case startup(parameters: [String: String], query: String)
    /// Two statements in one pipeline, the second of which reads.
    case pipeline([String])
}

/// The person whose data the attacks are after.
enum Canary {
    static let user = 900_001
    static let message = 900_001
    static let handle = "canaryhandle7f3a"
    static let email = "canary.7f3a@secret.example"
    static let phone = "+15550107788"
    static let birthDate = "1987-03-09"
    static let body = "CANARY-BODY-55e1"
    static let latitude = "37.774929"
    /// People of the same values whose home is written in a way that is in nobody's list: user, home.
    static let oddHomes: [(user: Int, home: String?)] = [
        (900_002, nil), (900_003, "us"), (900_004, "ZZ"), (900_005, ""), (900_006, " US"),
    ]

    /// Of no one; sorts directly before the canary's own.
    static let nobodysHandle = "canaryhandle7f39"
    static let nobodysEmail = "canary.7f39@secret.example"
    static let nobodysPhone = "+15550107787"
    static let nobodysBirthDate = "1987-03-08"
    static let nobodysBody = "CANARY-BODY-55e0"
    static let nobodysLatitude = "37.774928"

    /// What none of an attacker's answers may hold.
    static func secrets(from attacker: Attack.Attacker) -> [String] {
        let cells = [email, phone, birthDate, body, latitude]
        return attacker == .covered ? cells + [handle] : cells
    }
}
