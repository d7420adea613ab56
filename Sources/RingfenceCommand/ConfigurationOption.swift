import ArgumentParser
import Crypto
import Enclosure
import Ringfence

/// Which `ringfence.yaml`, and what is read from it.
struct ConfigurationOption: ParsableArguments {
    @Option(name: .customLong("config"), help: "The configuration file.") var path = "ringfence.yaml"

    func load() throws -> RingfenceInputs { try refusing { () throws(ConfigurationProblems) in try .load(path) } }

    /// Policies need be no more than Cedar: for commands that say what is wrong with them.
    func read() throws -> RingfenceInputs { try refusing { () throws(ConfigurationProblems) in try .read(path) } }

    /// `ringfence.yaml` itself.
    func configuration() throws -> Configuration {
        try refusing { () throws(ConfigurationProblems) in try .load(path) }
    }

    /// What policies are written against, whatever policies there are.
    func policySchema(_ configuration: Configuration) throws -> PolicySchema {
        try refusing { () throws(ConfigurationProblems) in try PolicySchema(reading: configuration) }
    }

    private func refusing<Result>(_ work: () throws(ConfigurationProblems) -> Result) throws -> Result {
        do throws(ConfigurationProblems) {
            return try work()
        } catch {
            throw Failure(kind: .found, message: "the configuration cannot be used:\n\(error)")
        }
    }
}

extension Configuration {
    /// The gateway's secret, which passwords and mock salts are derived from.
    func secret() throws -> SymmetricKey {
        let text = try KeyFile.read(secretFile)
        let digits = text.filter { !$0.isWhitespace }
        var bytes: [UInt8] = []
        var rest = digits.utf8[...]
        while rest.count >= 2, let byte = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        guard rest.isEmpty, bytes.count >= 32 else {
            throw Failure(
                message: "\(secretFile) does not hold 32 bytes in hexadecimal.",
                remedy: "Make a new one: ringfence keygen secret --out \(secretFile)")
        }
        return SymmetricKey(data: bytes)
    }

    func enclosure() throws -> DatabaseEnclosure {
        let password = try KeyFile.read(store.adminPasswordFile).split(whereSeparator: \.isNewline).first ?? ""
        var parameters = [
            ("host", store.host), ("port", String(store.port)), ("dbname", store.database), ("user", store.adminUser),
            ("password", String(password)),
            ("sslmode", store.tls == .verify ? "verify-full" : store.tls.rawValue),
        ]
        if let authorities = store.tlsAuthorities { parameters.append(("sslrootcert", authorities)) }
        return DatabaseEnclosure(connectingWith: parameters.map { (name: $0.0, value: $0.1) }, secret: try secret())
    }
}

extension RingfenceInputs {
    /// The schemas that hold the store's catalogued tables.
    var schemas: [String] { Set(store.tables.map(\.name.schema)).sorted() }

    var principals: [Principal] { directory.people.map(Principal.person) + directory.services.map(Principal.service) }

    func principal(named name: String) throws -> Principal {
        guard let principal = principals.first(where: { Array($0.name.utf8) == Array(name.utf8) }) else {
            throw Failure(
                kind: .found, message: "the directory knows nobody called \(name).",
                remedy: "It knows \(principals.map(\.name).sorted().joined(separator: ", ")).")
        }
        return principal
    }
}
