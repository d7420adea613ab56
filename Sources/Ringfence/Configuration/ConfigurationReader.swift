/// Reads `ringfence.yaml`.
struct ConfigurationReader {
    /// A configuration and where it says what.
    struct Read {
        var configuration: Configuration
        /// By key path, such as `store.name`, or `policy[0]`.
        var places: [String: FilePlace]
    }

    private let file: String
    let collector = ProblemCollector()
    let values: YAMLValues
    var places: [String: FilePlace] = [:]

    static func load(_ path: String) throws(ConfigurationProblems) -> Read {
        let text = try TextFile(reading: path).text()
        return try read(text, file: path)
    }

    static func read(_ text: String, file: String) throws(ConfigurationProblems) -> Read {
        let document = try YAMLDocument(parsing: text, file: file)
        var reader = ConfigurationReader(file: file)
        let configuration = reader.configuration(document.root)
        guard let configuration, !reader.collector.hasErrors else {
            throw ConfigurationProblems(diagnostics: reader.collector.problems)
        }
        return Read(configuration: configuration, places: reader.places)
    }

    private init(file: String) {
        self.file = file
        values = YAMLValues(collector: collector)
    }

    private mutating func configuration(_ root: YAMLNode) -> Configuration? {
        let known = ["gateway", "store", "catalog", "directory", "policy", "secret", "ledger"]
        guard let fields = YAMLFields(root, what: "the configuration", known: known, collector) else { return nil }
        let gateway = fields.required("gateway", of: "the configuration").flatMap { self.gateway($0) }
        let store = fields.required("store", of: "the configuration").flatMap { self.store($0) }
        let catalog = path(fields, "catalog", of: "the configuration", at: "catalog")
        let directory = path(fields, "directory", of: "the configuration", at: "directory")
        let policy = fields.required("policy", of: "the configuration", remedy: "Write policy: [policy.cedar].")
            .flatMap { paths($0, "policy", orOne: true) }
        if let policy, policy.isEmpty, let node = fields.optional("policy") {
            collector.report(node.place.error("no policy file is named", "Write policy: [policy.cedar]."))
        }
        let secret = path(fields, "secret", of: "the configuration", at: "secret")
        let ledger = fields.required("ledger", of: "the configuration").flatMap { self.ledger($0) }
        guard let gateway, let store, let catalog, let directory, let policy, let secret, let ledger else { return nil }
        return Configuration(
            file: file, gateway: gateway, store: store, catalogFile: catalog, directoryFile: directory,
            policyFiles: policy, secretFile: secret, ledger: ledger)
    }

    private mutating func gateway(_ node: YAMLNode) -> GatewaySettings? {
        let what = "gateway"
        let known = ["listen", "tls", "loops", "controlSocket", "limits"]
        guard let fields = YAMLFields(node, what: what, known: known, collector) else { return nil }
        let listen = fields.required("listen", of: what, remedy: "Write listen: 127.0.0.1:6432.").flatMap(endpoint)
        let tls = fields.required("tls", of: what).flatMap { self.tls($0) }
        let loops = fields.optional("loops").flatMap { values.integer($0, "loops", in: 1...1024) }
        let controlSocket = path(fields, "controlSocket", of: what, at: "gateway.controlSocket")
        let limits = fields.optional("limits").map { self.limits($0) } ?? GatewayLimits()
        guard let listen, let tls, let controlSocket else { return nil }
        return GatewaySettings(listen: listen, tls: tls, loops: loops, controlSocket: controlSocket, limits: limits)
    }

    private func endpoint(_ node: YAMLNode) -> NetworkEndpoint? {
        guard let text = values.text(node, "listen") else { return nil }
        if let endpoint = NetworkEndpoint(parsing: text) { return endpoint }
        collector.report(
            node.place.error("\"\(text)\" is no host and port", "Write it as 127.0.0.1:6432 or [::1]:6432."))
        return nil
    }

    private mutating func tls(_ node: YAMLNode) -> TLSFiles? {
        let what = "gateway.tls"
        let known = ["certificate", "key", "clientAuthorities"]
        guard let fields = YAMLFields(node, what: what, known: known, collector) else { return nil }
        let certificate = path(fields, "certificate", of: what, at: "gateway.tls.certificate")
        let key = path(fields, "key", of: what, at: "gateway.tls.key")
        let authorities = path(fields, "clientAuthorities", of: what, at: "gateway.tls.clientAuthorities")
        guard let certificate, let key, let authorities else { return nil }
        return TLSFiles(certificate: certificate, key: key, clientAuthorities: authorities)
    }

    private mutating func limits(_ node: YAMLNode) -> GatewayLimits {
        var limits = GatewayLimits()
        let known = [
            "handshake", "statement", "idle", "idleInTransaction", "sessions", "sessionsPerPrincipal",
            "loginsPerAddress", "held",
        ]
        guard let fields = YAMLFields(node, what: "gateway.limits", known: known, collector) else { return limits }
        if let node = fields.optional("handshake"), let duration = values.duration(node, "handshake") {
            limits.handshake = duration
        }
        limits.statement = fields.optional("statement").flatMap { values.duration($0, "statement") }
        limits.idle = fields.optional("idle").flatMap { values.duration($0, "idle") }
        limits.idleInTransaction = fields.optional("idleInTransaction").flatMap {
            values.duration($0, "idleInTransaction")
        }
        if let node = fields.optional("sessions"), let sessions = values.integer(node, "sessions", in: 1...100_000) {
            limits.sessions = sessions
        }
        if let node = fields.optional("sessionsPerPrincipal"),
            let sessions = values.integer(node, "sessionsPerPrincipal", in: 1...100_000)
        {
            places["gateway.limits.sessionsPerPrincipal"] = node.place
            limits.sessionsPerPrincipal = sessions
        }
        if let node = fields.optional("loginsPerAddress"),
            let logins = values.integer(node, "loginsPerAddress", in: 1...GatewayLimits.loginsMax)
        {
            limits.loginsPerAddress = logins
        }
        if let node = fields.optional("held"), let bytes = values.size(node, "held") { limits.heldBytes = bytes }
        return limits
    }

    private mutating func store(_ node: YAMLNode) -> StoreSettings? {
        let what = "store"
        let known = ["name", "host", "port", "database", "tls", "tlsAuthorities", "admin"]
        guard let fields = YAMLFields(node, what: what, known: known, collector) else { return nil }
        let name = fields.required("name", of: what)
        if let name { places["store.name"] = name.place }
        let host = values.text(fields.required("host", of: what), "host")
        let port = fields.optional("port").map { values.integer($0, "port", in: 1...65_535) } ?? 5432
        let database = values.text(fields.required("database", of: what), "database")
        let tls = fields.optional("tls").map { values.choice($0, "tls", StoreSettings.TLSMode.self) } ?? .prefer
        let authorities = fields.optional("tlsAuthorities").flatMap {
            path($0, "tlsAuthorities", at: "store.tlsAuthorities")
        }
        if tls == .verify, fields.optional("tlsAuthorities") == nil {
            collector.report(
                (fields.optional("tls")?.place ?? node.place).error(
                    "tls: verify needs tlsAuthorities", "Name the PEM file of the authority that signed the server."))
        }
        let admin = fields.required("admin", of: what, remedy: "Write admin: { user: rf_admin, passwordFile: … }.")
            .flatMap { self.admin($0) }
        guard let name = values.text(name, "name"), let host, let port, let database, let tls, let admin else {
            return nil
        }
        return StoreSettings(
            name: name, host: host, port: port, database: database, tls: tls, tlsAuthorities: authorities,
            adminUser: admin.user, adminPasswordFile: admin.passwordFile)
    }

    private mutating func admin(_ node: YAMLNode) -> (user: String, passwordFile: String)? {
        let what = "store.admin"
        guard let fields = YAMLFields(node, what: what, known: ["user", "passwordFile"], collector) else { return nil }
        let user = values.text(fields.required("user", of: what), "user")
        let passwordFile = path(fields, "passwordFile", of: what, at: "store.admin.passwordFile")
        guard let user, let passwordFile else { return nil }
        return (user, passwordFile)
    }

    private mutating func ledger(_ node: YAMLNode) -> LedgerSettings? {
        let what = "ledger"
        let known = [
            "directory", "store", "origin", "signingKey", "nextKey", "auditors", "witnesses", "requireWitnessedWithin",
            "retain",
            "predecessor",
        ]
        guard let fields = YAMLFields(node, what: what, known: known, collector) else { return nil }
        let directory = path(fields, "directory", of: what, at: "ledger.directory")
        let origin = fields.required("origin", of: what).flatMap { node -> String? in
            guard let origin = values.text(node, "origin") else { return nil }
            places["ledger.origin"] = node.place
            // A note's key name (C2SP signed-note) may hold neither spaces nor plus signs.
            guard !origin.unicodeScalars.contains(where: { $0.properties.isWhitespace || $0 == "+" }) else {
                collector.report(
                    node.place.error(
                        "origin holds a space or a plus sign",
                        "Write it like a URL without scheme: log.example.com/2026."))
                return nil
            }
            return origin
        }
        let signingKey = path(fields, "signingKey", of: what, at: "ledger.signingKey")
        let nextKey = fields.optional("nextKey").flatMap { path($0, "nextKey", at: "ledger.nextKey") }
        let auditors = fields.optional("auditors").map { paths($0, "ledger.auditors", orOne: false) } ?? []
        let witnesses = fields.optional("witnesses").flatMap { path($0, "witnesses", at: "ledger.witnesses") }
        let witnessedWithin = fields.optional("requireWitnessedWithin").flatMap { self.witnessedWithin($0, fields) }
        let retention = fields.optional("retain").flatMap { self.retention($0) } ?? RetentionRule()
        let store = fields.optional("store")
        let shared = store.flatMap { self.sharedLedger($0) }
        if store != nil { refuseWhatSharedLedgersLack(fields, retention) }
        guard let directory, let origin, let signingKey, let auditors, (shared == nil) == (store == nil) else {
            return nil
        }
        return LedgerSettings(
            directory: directory, shared: shared, origin: origin, signingKeyFile: signingKey, nextKeyFile: nextKey,
            auditorKeyFiles: auditors,
            witnessPolicyFile: witnesses, requireWitnessedWithin: witnessedWithin,
            retention: retention,
            predecessor: fields.optional("predecessor").flatMap { self.predecessor($0) })
    }

    private mutating func predecessor(_ node: YAMLNode) -> LedgerSettings.Predecessor? {
        let what = "ledger.predecessor"
        guard let fields = YAMLFields(node, what: what, known: ["directory", "key"], collector) else { return nil }
        let directory = path(fields, "directory", of: what, at: "ledger.predecessor.directory")
        let key = path(fields, "key", of: what, at: "ledger.predecessor.key")
        guard let directory, let key else { return nil }
        return LedgerSettings.Predecessor(directory: directory, keyFile: key)
    }

    private func retention(_ node: YAMLNode) -> RetentionRule? {
        let what = "ledger.retain"
        guard let fields = YAMLFields(node, what: what, known: ["entries", "details"], collector) else { return nil }
        let entries = fields.optional("entries").flatMap { values.retention($0, "entries") }
        let details = fields.optional("details").flatMap { values.retention($0, "details") }
        if fields.optional("entries") == nil, fields.optional("details") == nil {
            collector.report(
                node.place.error(
                    "ledger.retain names nothing", "Write retain: { entries: 10 years, details: 18 months }."))
        }
        let epoch = EntryTime(millisecondsSince1970: 86_400_000 * 365 * 7000)
        if let entries, let details, details.beginning(endingAt: epoch) < entries.beginning(endingAt: epoch) {
            collector.report(
                node.place.error(
                    "details cannot be kept for \(details) when their entries go after \(entries)",
                    "Give details the shorter period."))
        }
        return RetentionRule(entries: entries, details: details)
    }

    private mutating func witnessedWithin(_ node: YAMLNode, _ fields: YAMLFields) -> Duration? {
        places["ledger.requireWitnessedWithin"] = node.place
        guard let duration = values.duration(node, "requireWitnessedWithin") else { return nil }
        if duration < LedgerSettings.witnessedWithinMin {
            collector.report(
                node.place.error(
                    "requireWitnessedWithin is less than 5s",
                    "Give the witnesses time to answer several times: 30s, say."))
        }
        if fields.optional("witnesses") == nil {
            collector.report(
                node.place.error(
                    "requireWitnessedWithin needs witnesses", "Name their policy file in ledger.witnesses."))
        }
        return duration
    }

    private mutating func path(_ fields: YAMLFields, _ key: String, of what: String, at place: String) -> String? {
        fields.required(key, of: what).flatMap { path($0, key, at: place) }
    }

    mutating func path(_ node: YAMLNode, _ what: String, at place: String) -> String? {
        places[place] = node.place
        return values.text(node, what).map { TextFile.resolve($0, beside: file) }
    }

    private mutating func paths(_ node: YAMLNode, _ what: String, orOne: Bool) -> [String]? {
        if orOne, case .scalar = node.content { return path(node, what, at: "\(what)[0]").map { [$0] } }
        guard let nodes = values.list(node, what, { $0 }) else { return nil }
        let paths = nodes.enumerated().compactMap { path($1, what, at: "\(what)[\($0)]") }
        return paths.count == nodes.count ? paths : nil
    }
}
