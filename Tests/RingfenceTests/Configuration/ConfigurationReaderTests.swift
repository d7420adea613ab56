import Foundation
import TestSupport
import Testing

@testable import Ringfence

struct `Reading ringfence.yaml` {
    static let whole = """
        gateway:
          listen: 127.0.0.1:6432
          tls: { certificate: tls/server.crt, key: tls/server.key, clientAuthorities: tls/clients.crt }
          controlSocket: run/control.sock
          limits: { handshake: 10s, statement: 5min, idle: 1h, idleInTransaction: 10min, sessions: 500, held: 4MiB }
        store:
          name: social
          host: 127.0.0.1
          port: 5432
          database: social
          tls: prefer
          admin: { user: rf_admin, passwordFile: secrets/admin.password }
        catalog: catalog.yaml
        directory: directory.yaml
        policy: [policy.cedar]
        secret: secrets/gateway.secret
        ledger:
          directory: ledger
          origin: ledger.example.com/social
          signingKey: secrets/log.key
          auditors: [auditors/public.key]

        """

    private func problems(of text: String) -> [String] {
        brief(
            RingfenceTests.problems { () throws(ConfigurationProblems) in
                try ConfigurationReader.read(text, file: "ringfence.yaml")
            })
    }

    @Test func `every setting is read, and paths are beside the file`() throws {
        let configuration = try ConfigurationReader.read(Self.whole, file: "/etc/rf/ringfence.yaml").configuration
        #expect(configuration.gateway.listen == NetworkEndpoint(host: "127.0.0.1", port: 6432))
        #expect(configuration.gateway.tls.key == "/etc/rf/tls/server.key")
        #expect(configuration.gateway.loops == nil)
        #expect(configuration.gateway.limits.handshake == .seconds(10))
        #expect(configuration.gateway.limits.statement == .seconds(300))
        #expect(configuration.gateway.limits.idle == .seconds(3600))
        #expect(configuration.gateway.limits.heldBytes == 4_194_304)
        #expect(configuration.gateway.limits.sessionsPerPrincipal == 50)
        #expect(configuration.gateway.limits.loginsPerAddress == 64)
        #expect(configuration.store.tls == .prefer)
        #expect(configuration.store.adminPasswordFile == "/etc/rf/secrets/admin.password")
        #expect(configuration.policyFiles == ["/etc/rf/policy.cedar"])
        #expect(configuration.ledger.auditorKeyFiles == ["/etc/rf/auditors/public.key"])
    }

    @Test func `a shared ledger is read, and what would not work is refused with a remedy`() throws {
        func text(_ store: String, _ more: String = "") -> String {
            Self.whole.replacingOccurrences(
                of: "  directory: ledger\n",
                with: "  directory: seen\n  store: { postgres: { \(store) } }\n\(more)")
        }
        let connection = "connection: 'host=db dbname=ledger user=log'"
        let shared = try ConfigurationReader.read(
            text("\(connection), passwordFile: p, gateway: fra-1"), file: "/etc/rf/ringfence.yaml"
        ).configuration.ledger.shared
        #expect(shared?.connectionString == "host=db dbname=ledger user=log")
        #expect(shared?.passwordFile == "/etc/rf/p" && shared?.schema == "ringfence_ledger")
        #expect(shared?.gateway == GatewayName("fra-1"))
        #expect(try ConfigurationReader.read(Self.whole, file: "r").configuration.ledger.shared == nil)
        for (store, more, problem) in [
            (connection, "", "gateway"), ("\(connection), gateway: a b", "", "no gateway's name"),
            ("gateway: a", "", "connection"),
            ("connection: 'host=db password=x', gateway: a", "", "holds a password"),
            ("connection: 'dbname=x', gateway: a", "", "names no host"),
            ("\(connection), gateway: a", "  witnesses: w\n", "cosigned yet"),
            ("\(connection), gateway: a", "  nextKey: k\n", "cannot change its key yet"),
            ("\(connection), gateway: a", "  retain: { entries: 10 years }\n", "cannot be pruned yet"),
        ] {
            let found = problems(of: text(store, more))
            #expect(found.count == 1 && found[0].contains(problem), "\(found)")
        }
        #expect(problems(of: text("\(connection), gateway: a", "  retain: { details: 18 months }\n")).isEmpty)
    }

    @Test func `the limits of one principal and one address are read`() throws {
        let text = Self.whole.replacingOccurrences(
            of: "sessions: 500", with: "sessions: 500, sessionsPerPrincipal: 7, loginsPerAddress: 256")
        let limits = try ConfigurationReader.read(text, file: "ringfence.yaml").configuration.gateway.limits
        #expect(limits.sessionsPerPrincipal == 7 && limits.loginsPerAddress == 256 && limits.sessions == 500)
    }

    @Test func `witnesses are a file, and how long they may be away a duration that is not too short`() throws {
        func ledger(_ lines: String) -> String {
            Self.whole.replacingOccurrences(of: "  directory: ledger\n", with: "  directory: ledger\n" + lines)
        }
        let read = try ConfigurationReader.read(
            ledger("  witnesses: witnesses.policy\n  requireWitnessedWithin: 30s\n"), file: "/etc/rf/ringfence.yaml")
        #expect(read.configuration.ledger.witnessPolicyFile == "/etc/rf/witnesses.policy")
        #expect(read.configuration.ledger.requireWitnessedWithin == .seconds(30))
        let short = problems(of: ledger("  witnesses: w\n  requireWitnessedWithin: 4999ms\n"))
        #expect(short.count == 1 && short[0].contains("less than 5s"), "\(short)")
        let alone = problems(of: ledger("  requireWitnessedWithin: 30s\n"))
        #expect(alone.count == 1 && alone[0].contains("needs witnesses"), "\(alone)")
    }

    @Test func `what may be left out has a default`() throws {
        var text = Self.whole.replacingOccurrences(of: "  port: 5432\n", with: "")
        text = text.replacingOccurrences(of: "  tls: prefer\n", with: "")
        text = text.replacingOccurrences(of: "policy: [policy.cedar]", with: "policy: policy.cedar")
        text = text.replacingOccurrences(of: "  auditors: [auditors/public.key]\n", with: "")
        let limits = try #require(text.range(of: "  limits: [{].*[}]\n", options: .regularExpression))
        text.removeSubrange(limits)
        let configuration = try ConfigurationReader.read(text, file: "ringfence.yaml").configuration
        #expect(configuration.store.port == 5432)
        #expect(configuration.store.tls == .prefer)
        #expect(configuration.policyFiles == ["policy.cedar"])
        #expect(configuration.gateway.limits == GatewayLimits())
        #expect(configuration.ledger.auditorKeyFiles == [])
    }

    @Test(arguments: [
        (
            "listen: 127.0.0.1:6432", "listne: 127.0.0.1:6432",
            ["2:3 error: gateway has no \"listen\"", "2:3 error: gateway has no key \"listne\""]
        ),
        ("127.0.0.1:6432", "127.0.0.1", ["2:11 error: \"127.0.0.1\" is no host and port"]),
        ("127.0.0.1:6432", "::1:6432", ["2:11 error: \"::1:6432\" is no host and port"]),
        ("127.0.0.1:6432", "localhost:65536", ["2:11 error: \"localhost:65536\" is no host and port"]),
        ("handshake: 10s", "handshake: 10", ["5:24 error: handshake is a duration, not \"10\""]),
        ("statement: 5min", "statement: 0min", ["5:40 error: statement is a duration, not \"0min\""]),
        ("statement: 5min", "statement: +5min", ["5:40 error: statement is a duration, not \"+5min\""]),
        (
            "idle: 1h", "idle: 999999999999999999999d",
            ["5:52 error: idle is a duration, not \"999999999999999999999d\""]
        ),
        ("held: 4MiB", "held: 4MB", ["5:103 error: held is a size, not \"4MB\""]),
        ("sessions: 500", "sessions: many", ["5:92 error: sessions is a number from 1 to 100000, not \"many\""]),
        (
            "sessions: 500", "sessionsPerPrincipal: 0",
            ["5:104 error: sessionsPerPrincipal is a number from 1 to 100000, not \"0\""]
        ),
        (
            "sessions: 500", "loginsPerAddress: 257",
            ["5:100 error: loginsPerAddress is a number from 1 to 256, not \"257\""]
        ),
        ("port: 5432", "port: 0x10", ["9:9 error: port is a number from 1 to 65535, not \"0x10\""]),
        ("  tls: prefer", "  tls: verify", ["11:8 error: tls: verify needs tlsAuthorities"]),
        ("  tls: prefer", "  tls: Prefer", ["11:8 error: tls cannot be \"Prefer\""]),
        ("policy: [policy.cedar]", "policy: []", ["15:9 error: no policy file is named"]),
        ("policy: [policy.cedar]", "policy: [[x]]", ["15:10 error: policy is a text, not a list"]),
        ("database: social", "database:", ["10:12 error: \"database\" of store has no value"]),
        ("origin: ledger.example.com/social", "origin: my log", ["19:11 error: origin holds a space or a plus sign"]),
        (
            "catalog: catalog.yaml", "catalogue: catalog.yaml",
            [
                "1:1 error: the configuration has no \"catalog\"",
                "13:1 error: the configuration has no key \"catalogue\"",
            ]
        ),
    ])
    func `a mistake is reported where it is`(passage: String, other: String, expected: [String]) {
        #expect(problems(of: Self.whole.replacingOccurrences(of: passage, with: other)) == expected)
    }

    @Test func `all mistakes are reported, not only the first`() {
        var text = Self.whole.replacingOccurrences(of: "6432", with: "port")
        text = text.replacingOccurrences(of: "handshake: 10s", with: "handshake: soon")
        text = text.replacingOccurrences(of: "  database: social\n", with: "")
        text = text.replacingOccurrences(of: "secret:", with: "secrte:")
        #expect(
            problems(of: text) == [
                "1:1 error: the configuration has no \"secret\"",
                "2:11 error: \"127.0.0.1:port\" is no host and port",
                "5:24 error: handshake is a duration, not \"soon\"",
                "7:3 error: store has no \"database\"",
                "15:1 error: the configuration has no key \"secrte\"",
            ])
    }

    @Test func `a remedy says what to write`() throws {
        let text = Self.whole.replacingOccurrences(of: "secret:", with: "secrte:")
        let problems = RingfenceTests.problems { () throws(ConfigurationProblems) in
            try ConfigurationReader.read(text, file: "ringfence.yaml")
        }
        #expect(problems.last?.remedy == "Did you mean \"secret\"?")
        #expect(
            problems.last?.description
                == "ringfence.yaml:16:1: error: the configuration has no key \"secrte\"\n  Did you mean \"secret\"?")
    }

    @Test func `a file that is not there is reported by name`() {
        let problems = RingfenceTests.problems { () throws(ConfigurationProblems) in
            try Configuration.load("/nonexistent/ringfence.yaml")
        }
        #expect(
            problems.map(\.description) == [
                "/nonexistent/ringfence.yaml: error: cannot be read: No such file or directory"
            ])
    }

    @Test func `bytes that are not UTF-8 are reported with their line`() throws {
        let folder = try Fixture.folder()
        let path = folder.file("ringfence.yaml")
        try Data(Array("gateway: 1\n# caf".utf8) + [0xE9, 0x0A]).write(to: URL(filePath: path))
        let problems = RingfenceTests.problems { () throws(ConfigurationProblems) in try Configuration.load(path) }
        #expect(brief(problems) == ["2:0 error: this is not UTF-8"])
    }
}
