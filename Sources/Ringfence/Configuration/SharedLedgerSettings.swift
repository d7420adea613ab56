/// A ledger in a PostgreSQL database, which several gateways share.
public struct SharedLedgerSettings: Sendable, Hashable {
    /// A libpq connection string, without a password.
    public var connectionString: String
    /// A file whose first line is the password; nil if none is needed.
    public var passwordFile: String?
    public var schema: String
    /// This gateway's name among those that share the ledger.
    public var gateway: GatewayName

    public init(connectionString: String, passwordFile: String?, schema: String, gateway: GatewayName) {
        self.connectionString = connectionString
        self.passwordFile = passwordFile
        self.schema = schema
        self.gateway = gateway
    }
}

extension ConfigurationReader {
    /// `ledger.store`.
    mutating func sharedLedger(_ node: YAMLNode) -> SharedLedgerSettings? {
        let what = "ledger.store"
        guard let fields = YAMLFields(node, what: what, known: ["postgres"], collector) else { return nil }
        return fields.required("postgres", of: what, remedy: "Leave store out for a ledger in ledger.directory.")
            .flatMap { self.postgresLedger($0) }
    }

    /// What is there for a ledger in a directory only: a gateway never pretends that it does it.
    func refuseWhatSharedLedgersLack(_ fields: YAMLFields, _ retention: RetentionRule) {
        if let witnesses = fields.optional("witnesses") {
            collector.report(
                witnesses.place.error(
                    "a ledger in PostgreSQL cannot have its checkpoints cosigned yet",
                    "Leave witnesses out, and publish the ledger to those who keep copies."))
        }
        if let nextKey = fields.optional("nextKey") {
            collector.report(
                nextKey.place.error(
                    "a ledger in PostgreSQL cannot change its key yet",
                    "Leave nextKey out; signingKey stays what it is on every gateway that shares the ledger."))
        }
        if let retain = fields.optional("retain"), retention.entries != nil {
            collector.report(
                retain.place.error(
                    "a ledger in PostgreSQL cannot be pruned yet: its entries are kept for ever",
                    "Leave entries out of retain; details of a ledger in PostgreSQL can be erased: "
                        + "retain: { details: 18 months }."))
        }
    }

    private mutating func postgresLedger(_ node: YAMLNode) -> SharedLedgerSettings? {
        let what = "ledger.store.postgres"
        let known = ["connection", "passwordFile", "schema", "gateway"]
        guard let fields = YAMLFields(node, what: what, known: known, collector) else { return nil }
        places["ledger.store.postgres"] = node.place
        let connection = fields.required(
            "connection", of: what, remedy: "Write connection: host=… dbname=… user=…, as for psql."
        ).flatMap { node -> String? in
            guard let text = values.text(node, "connection") else { return nil }
            if text.contains("password=") || text.contains("host=") == false && !text.contains("://") {
                collector.report(
                    node.place.error(
                        text.contains("password=")
                            ? "the connection string holds a password" : "the connection string names no host",
                        text.contains("password=")
                            ? "Put it into a file of its own, and name that in passwordFile."
                            : "Write it as host=… dbname=… user=…, or as a URI."))
            }
            return text
        }
        let passwordFile = fields.optional("passwordFile").flatMap {
            path($0, "passwordFile", at: "ledger.store.postgres.passwordFile")
        }
        let schema = fields.optional("schema").map { values.text($0, "schema") } ?? "ringfence_ledger"
        let gateway = fields.required(
            "gateway", of: what, remedy: "Give each gateway that shares the ledger a name of its own."
        ).flatMap { node -> GatewayName? in
            guard let text = values.text(node, "gateway") else { return nil }
            if let name = GatewayName(text) { return name }
            collector.report(
                node.place.error(
                    "\"\(text)\" is no gateway's name", "Write up to 64 letters, digits, dots, hyphens, underscores."))
            return nil
        }
        guard let connection, let schema, let gateway else { return nil }
        return SharedLedgerSettings(
            connectionString: connection, passwordFile: passwordFile, schema: schema, gateway: gateway)
    }
}
