import Foundation
import TestSupport

/// Runs attacks against one deployment and judges what came back.
struct RedTeam {
    struct Report: Sendable {
        let attack: Attack
        /// Raw values that showed, or how an answer told a guess from a miss.
        let leak: String?
        /// The first thing the attacker was told.
        let outcome: String
        /// PostgreSQL of this version has nothing of the kind.
        let isUnsupported: Bool
    }

    let deployment: Deployment
    let enclosures: [Attack.Attacker: AttackedEnclosure]
    private let canaryFile: String

    static let logins: [Attack.Attacker: String] = [
        .covered: "casey", .masked: "sasha", .pseudonymous: "noor", .support: "robin",
    ]

    /// What a server says of a feature that its version does not have, or that it was built without.
    private static let absentFeatures = [
        "unsupported XML feature", "TABLESAMPLE clause can only be applied to tables",
        "cannot execute MERGE on relation",
    ]

    /// The attacks of every kind.
    static let attacks =
        OracleAttacks.all + ReadingAttacks.all + NameAttacks.all + WritingAttacks.all + SessionAttacks.all

    /// Puts the canary into the database and a file of the server, and has every attacker connect once.
    init(against deployment: Deployment) throws {
        self.deployment = deployment
        canaryFile = "\(deployment.cluster.data)/rt-canary.txt"
        try deployment.database.run(Self.canaries(file: canaryFile))
        enclosures = try Dictionary(
            uniqueKeysWithValues: Self.logins.map { attacker, login in
                try expectSuccess(deployment.psql(as: login, "SELECT 1;"))
                return (attacker, try AttackedEnclosure(of: login, in: deployment.database))
            })
    }

    /// One attack as things stand.
    func report(_ attack: Attack) throws -> Report { try report(attack, isDirect: false) }

    /// One attack on an enclosure without what stops it; nil where that is PostgreSQL's own.
    func reportUnstopped(_ attack: Attack) throws -> Report? {
        guard let enclosure = enclosures[attack.attacker] else { return nil }
        let removals = attack.stoppedBy.compactMap { $0.removal(from: enclosure) }
        guard !removals.isEmpty else { return nil }
        try deployment.database.run(removals.map(\.without).joined(separator: "\n"))
        let report = try report(attack, isDirect: attack.stoppedBy.contains(.gateway))
        try deployment.database.run(
            removals.reversed().map(\.restored).joined(separator: "\n") + Self.canaries(file: canaryFile))
        return report
    }

    private func report(_ attack: Attack, isDirect: Bool) throws -> Report {
        let answer = try answer(to: attack, attack.means, isDirect: isDirect)
        let isUnsupported = Self.absentFeatures.contains { answer.contains($0) }
        let secrets = Canary.secrets(from: attack.attacker) + (enclosures[attack.attacker]?.keySpellings ?? [])
        switch attack.expectation {
        case .hidesRawValues:
            // PostgreSQL breaks the lines of a plan that it prints.
            let text = answer.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let shown = secrets.first { text.range(of: $0, options: .caseInsensitive) != nil }
            return Report(
                attack: attack, leak: shown.map { "shows \($0)" }, outcome: Self.gist(of: answer),
                isUnsupported: isUnsupported)
        case .tellsNoMoreThan(let likewise):
            let other = try self.answer(to: attack, .psql(likewise), isDirect: isDirect)
            let same = Self.normalised(answer) == Self.normalised(other)
            return Report(
                attack: attack, leak: same ? nil : "tells a hit from a miss:\n\(answer)\n---\n\(other)",
                outcome: same ? "the same answer as for a value nobody has" : Self.gist(of: answer),
                isUnsupported: isUnsupported)
        }
    }

    private func answer(to attack: Attack, _ means: Attack.Means, isDirect: Bool) throws -> String {
        guard let login = Self.logins[attack.attacker], let enclosure = enclosures[attack.attacker] else { return "" }
        switch means {
        case .psql(let script):
            let connection =
                isDirect
                ? "host=127.0.0.1 port=\(deployment.cluster.port) dbname=\(deployment.database.name) user='\(enclosure.login)' password='\(enclosure.login)'"
                : try deployment.connectionString(of: login)
            let output = try deployment.psql(
                connecting: connection, filled(script, enclosure),
                options: ["-A", "-t", "-v", "SHOW_CONTEXT=always"], timeout: 60)
            return output.output + output.errors
        case .wire(let wire):
            let target = isDirect ? "\(deployment.cluster.port)/\(enclosure.login)" : login
            let output = try deployment.python(
                "wire_attack.py", [target] + wire.arguments.map { filled($0, enclosure) })
            return output.output + output.errors
        }
    }

    private func filled(_ script: String, _ enclosure: AttackedEnclosure) -> String {
        [
            "{id}": "\(Canary.user)", "{mine}": "1", "{schema}": "\"\(enclosure.schema)\"",
            "{database}": "\"\(deployment.database.name)\"", "{keySchema}": enclosure.keySchema,
            "{keyTable}": enclosure.keyTable, "{canaryFile}": canaryFile,
            "{padding}": String(repeating: "x", count: 20_000),
        ].reduce(script) { $0.replacingOccurrences(of: $1.key, with: $1.value) }
    }

    /// Without the guess itself.
    private static func normalised(_ answer: String) -> String {
        [
            Canary.email, Canary.nobodysEmail, Canary.phone, Canary.nobodysPhone, Canary.birthDate,
            Canary.nobodysBirthDate, Canary.body, Canary.nobodysBody, Canary.latitude, Canary.nobodysLatitude,
            Canary.handle, Canary.nobodysHandle,
        ].reduce(answer) { $0.replacingOccurrences(of: $1, with: "GUESS") }
    }

    private static func gist(of answer: String) -> String {
        let lines = answer.split(separator: "\n")
        let line = lines.first { $0.contains("ERROR") || $0.contains("FATAL") } ?? lines.first ?? "(nothing)"
        return String((line.range(of: "ERROR").map { line[$0.lowerBound...] } ?? line[...]).prefix(90))
    }

    private static func canaries(file: String) -> String {
        func person(_ id: Int, _ home: String?, _ suffix: String) -> String {
            """
            DELETE FROM app.users WHERE id = \(id);
            DELETE FROM app.messages WHERE id = \(id);
            DELETE FROM app.devices WHERE advertising_id = '00000000-0000-4000-8000-000000000001' AND user_id < \(Canary.user);
            DELETE FROM app.locations WHERE latitude = \(Canary.latitude) AND user_id < \(Canary.user);
            INSERT INTO app.users (id, handle, email, phone, birth_date, country) VALUES
                (\(id), '\(Canary.handle)\(suffix)', '\(Canary.email)\(suffix)', '\(Canary.phone)', '\(Canary.birthDate)', \(home.map { "'\($0)'" } ?? "NULL"));
            INSERT INTO app.profiles (user_id, display_name) VALUES (\(id), 'Canary');
            INSERT INTO app.messages (id, author_id, recipient_id, body) VALUES (\(id), \(id), \(id), '\(Canary.body)');
            INSERT INTO app.devices (user_id, platform, advertising_id, attributes)
                VALUES (\(id), 'web', '00000000-0000-4000-8000-000000000001', '{"mail": "\(Canary.email)"}');
            INSERT INTO app.locations (user_id, latitude, longitude, recorded_at)
                VALUES (\(id), \(Canary.latitude), 1, '2026-02-02 00:00Z');

            """
        }
        return """
            SET client_min_messages = error;
            CREATE INDEX IF NOT EXISTS rt_phone ON app.users (phone);
            CREATE INDEX IF NOT EXISTS rt_birth_date ON app.users (birth_date);
            \(person(Canary.user, "US", ""))
            \(Canary.oddHomes.map { person($0.user, $0.home, "\($0.user)") }.joined())
            CREATE OR REPLACE VIEW app.rt_public_view AS SELECT id, email, phone FROM app.users;
            GRANT SELECT ON app.rt_public_view TO PUBLIC;
            UPDATE app.users SET handle = 'rt_mine' WHERE id = 1;
            COPY (SELECT '\(Canary.email)') TO '\(file)';
            ANALYZE app.users, app.messages, app.locations;
            """
    }
}

extension WireAttack {
    /// As `wire_attack.py` takes it.
    fileprivate var arguments: [String] {
        switch self {
        case .functionCall(let oid, let arguments): ["function-call", "\(oid)"] + arguments
        case .bindOnly(let setup, let sql): ["bind-only", sql] + setup
        case .startup(let parameters, let query):
            ["startup", query] + parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        case .pipeline(let statements): ["pipeline"] + statements
        }
    }
}
