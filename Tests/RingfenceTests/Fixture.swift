import Cedar
import Foundation
import TestSupport
import TransparencyLog
import Testing

@testable import Ringfence

/// The sample configuration and the database it describes.
enum Fixture {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")
    static let social = folder.appending(path: "social/ringfence.yaml").path

    /// A file of the sample as people get it.
    static func example(_ name: String) -> String {
        folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Examples/social/\(name)").path
    }

    static func text(_ name: String) throws -> String {
        try String(decoding: Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }

    static func inputs() throws -> RingfenceInputs { try RingfenceInputs.load(social) }

    /// The sample configuration in a folder of its own, with some files replaced and the keys it names present.
    static func folder(replacing texts: [String: String] = [:]) throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory(prefix: "ringfence-domain")
        for name in ["ringfence.yaml", "catalog.yaml", "directory.yaml", "policy.cedar"] {
            try folder.write(texts[name] ?? text("social/\(name)"), to: name)
        }
        for name in ["tls/server.crt", "tls/clients.crt"] { try folder.write("-", to: name) }
        try folder.write(AuditorPrivateKey.generate(name: "auditor").publicKey.text, to: "auditors/public.key")
        for name in ["tls/server.key", "secrets/admin.password"] {
            try folder.write("-", to: name, permissions: 0o600)
        }
        try folder.write(
            SigningKey.generate(name: "ledger.example.com/social").secretText + "\n", to: "secrets/log.key",
            permissions: 0o600)
        try folder.write(String(repeating: "0f", count: 32) + "\n", to: "secrets/gateway.secret", permissions: 0o600)
        return folder
    }

    /// The text with one passage replaced, which must be there once.
    static func replacing(_ passage: String, with other: String, in name: String) throws -> String {
        let text = try text("social/\(name)")
        try #require(text.components(separatedBy: passage).count == 2, "\(passage) is not in \(name) once")
        return text.replacingOccurrences(of: passage, with: other)
    }

    static func catalog(_ text: String) throws -> Catalog { try CatalogReader.read(text, file: "catalog.yaml").catalog }

    static func policies(_ text: String) throws -> PolicySet {
        try PolicySet(parsing: text, fileName: "policy.cedar")
    }

    static func person(
        _ name: String, location: String = "US", covered: Bool = false, teams: [String] = [],
        citizenships: [String] = ["US"], employer: String = "Example"
    ) -> Principal {
        let jurisdiction = { (code: String) in Jurisdiction(code: code)! }
        return .person(
            Person(
                name: name, employer: employer, employerCountry: jurisdiction(location),
                location: jurisdiction(location), citizenships: citizenships.map(jurisdiction), isCovered: covered,
                teams: teams, certificateSubjects: []))
    }

    static func home(_ code: String) -> SubjectHome { .home(Jurisdiction(code: code)!) }

    static func live(_ tables: [LiveTable]) -> LiveSchema { LiveSchema(serverVersion: 150_018, tables: tables) }

    /// - Parameter columns: `name type`, with `!` after the name for NOT NULL.
    static func table(
        _ name: String, _ columns: [String], key: [String] = ["id"], kind: LiveTable.Kind = .table,
        partitionOf: String? = nil, references: [(String, String)] = []
    ) -> LiveTable {
        LiveTable(
            name: tableName(name), kind: kind, partitionOf: partitionOf.map(tableName),
            columns: columns.map { text in
                let parts = text.split(separator: " ", maxSplits: 1)
                return LiveColumn(
                    name: parts[0].replacingOccurrences(of: "!", with: ""), type: String(parts[1]),
                    isNotNull: parts[0].hasSuffix("!"), isGenerated: false, hasDefault: false)
            },
            primaryKey: key, uniqueColumns: Set(key),
            foreignKeys: references.map {
                ForeignKey(columns: [$0.0], referenced: tableName($0.1), referencedColumns: ["id"])
            })
    }

    static func tableName(_ text: String) -> TableName {
        let parts = text.split(separator: ".")
        return TableName(schema: String(parts[0]), table: String(parts[1]))
    }

    static let socialLive = live([
        table(
            "app.users",
            [
                "id! bigint", "handle! text", "email! text", "phone text", "birth_date date", "country text",
                "created_at! timestamp with time zone",
            ]),
        table(
            "app.profiles",
            [
                "user_id! bigint", "display_name! text", "bio text", "interests! text[]", "follower_count! integer",
            ], key: ["user_id"], references: [("user_id", "app.users")]),
        table(
            "app.videos",
            [
                "id! bigint", "author_id! bigint", "title! text", "duration! interval", "view_count! bigint",
                "published_at! timestamp with time zone",
            ], references: [("author_id", "app.users")]),
        table(
            "app.messages",
            [
                "id! bigint", "author_id! bigint", "recipient_id bigint", "body! text",
                "sent_at! timestamp with time zone",
            ], references: [("author_id", "app.users"), ("recipient_id", "app.users")]),
        table(
            "app.devices",
            [
                "id! bigint", "user_id! bigint", "platform! text", "advertising_id! uuid", "last_address inet",
                "attributes! jsonb",
            ], references: [("user_id", "app.users")]),
        table(
            "app.locations",
            [
                "id! bigint", "user_id! bigint", "latitude! double precision", "longitude! double precision",
                "note text", "recorded_at! timestamp with time zone",
            ], key: ["id", "recorded_at"], kind: .partitioned, references: [("user_id", "app.users")]),
        table(
            "app.locations_2025_1",
            [
                "id! bigint", "user_id! bigint", "latitude! double precision", "longitude! double precision",
                "note text", "recorded_at! timestamp with time zone",
            ], key: ["id", "recorded_at"], partitionOf: "app.locations", references: [("user_id", "app.users")]),
        table(
            "app.payments",
            [
                "id! bigint", "user_id! bigint", "card_number! text", "amount! numeric(12,2)", "currency! text",
                "paid_at! timestamp with time zone",
            ], references: [("user_id", "app.users")]),
    ])
}

extension PartialRecord {
    /// What of it is known.
    var known: ValueRecord {
        ValueRecord(
            fields.compactMapValues { field in
                switch field {
                case .known(let value): value
                case .partly(let inner): .record(inner.known)
                case .unknown: nil
                }
            })
    }
}

/// `line:column severity: message`, as tables of expectations write it.
func brief(_ diagnostics: [Diagnostic]) -> [String] {
    diagnostics.map { "\($0.line):\($0.column) \($0.severity): \($0.message)" }
}

/// The problems of reading something, none if it can be read.
func problems<Result>(_ work: () throws(ConfigurationProblems) -> Result) -> [Diagnostic] {
    do throws(ConfigurationProblems) {
        _ = try work()
        return []
    } catch {
        return error.diagnostics
    }
}
