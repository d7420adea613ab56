public import Crypto
public import Ringfence
import PostgresWire
import Synchronization

/// Where profiles stand in the database: compiled, applied, logged in to and, when unused, dropped.
///
/// Uses two connections of the admin role, each by one caller at a time: logins that are ready do not wait for one that
/// is being made. Every method blocks: not for event loops.
public final class DatabaseEnclosure: Sendable {
    private let parameters: [(name: String, value: String)]
    private let secret: SymmetricKey
    private let connection = Mutex<AdminConnection?>(nil)
    private let inquiries = Mutex<AdminConnection?>(nil)

    /// - Parameters:
    ///   - parameters: libpq's keywords and values: host, port, dbname, user, password, sslmode, sslrootcert.
    ///   - secret: The gateway's; login roles' passwords are derived from it.
    public init(connectingWith parameters: [(name: String, value: String)], secret: SymmetricKey) {
        self.parameters = parameters
        self.secret = secret
    }

    func withConnection<R: Sendable>(_ body: (AdminConnection) throws(EnclosureError) -> R) throws(EnclosureError) -> R
    {
        try with(connection, body)
    }

    private func with<R: Sendable>(
        _ connection: borrowing Mutex<AdminConnection?>, _ body: (AdminConnection) throws(EnclosureError) -> R
    ) throws(EnclosureError) -> R {
        try connection.withLock { held throws(EnclosureError) -> R in
            if let known = held, known.isUsable {
                do throws(EnclosureError) {
                    return try body(known)
                } catch {
                    // That the server was restarted meanwhile shows at the first use; all bodies can be repeated.
                    guard !known.isUsable else { throw error }
                }
            }
            let opened = try AdminConnection(parameters)
            held = opened
            return try body(opened)
        }
    }

    /// Serialises compiling between gateways until the transaction ends. An advisory lock would do, if people could not
    /// take it too; nobody else has a right on this table.
    private static func lock(_ connection: AdminConnection) throws(EnclosureError) {
        try connection.execute("LOCK TABLE ringfence.profile IN SHARE ROW EXCLUSIVE MODE")
    }

    /// What the system catalogs say of these schemas.
    public func readLiveSchema(_ schemas: [String]) throws(EnclosureError) -> LiveSchema {
        try withConnection { connection throws(EnclosureError) in
            try LiveSchemaReader(connection: connection).read(schemas)
        }
    }

    /// Compiles the profiles that are missing or incomplete, each in a transaction of its own.
    ///
    /// - Returns: The names of the profile roles that were compiled.
    @discardableResult
    public func apply(_ profiles: [EnclosureCompiler]) throws(EnclosureError) -> [String] {
        try withConnection { connection throws(EnclosureError) in
            var compiled: [String] = []
            for profile in profiles where try Self.apply(profile, connection, anew: false) {
                compiled.append(profile.names.role)
            }
            return compiled
        }
    }

    /// Compiles profiles anew, also where they stand: the remedy for drift.
    public func recompile(_ profiles: [EnclosureCompiler]) throws(EnclosureError) {
        try withConnection { connection throws(EnclosureError) in
            for profile in profiles { _ = try Self.apply(profile, connection, anew: true) }
        }
    }

    private static func isApplied(_ profile: EnclosureCompiler, _ connection: AdminConnection) throws(EnclosureError)
        -> Bool
    {
        guard try connection.rows("SELECT to_regclass('ringfence.profile')").first?[0] != nil else { return false }
        return try !connection.rows(
            "SELECT 1 FROM ringfence.profile p JOIN pg_roles r ON r.rolname = p.role WHERE p.role = $1",
            [profile.names.role]
        ).isEmpty
    }

    private static func apply(_ profile: EnclosureCompiler, _ connection: AdminConnection, anew: Bool)
        throws(EnclosureError) -> Bool
    {
        if !anew, try isApplied(profile, connection) { return false }
        let objects = try profile.objectStatements()
        try makeRegistry(connection)
        return try connection.transaction { () throws(EnclosureError) -> Bool in
            try lock(connection)
            try makeKeys(connection, columns: profile.pseudonymColumns)
            if !anew, try isApplied(profile, connection) { return false }
            try clear(profile, connection)
            for statement in objects { try connection.execute(statement) }
            try connection.rows(
                "INSERT INTO ringfence.profile (role, store) VALUES ($1, $2) ON CONFLICT (role) DO UPDATE SET compiled_at = now()",
                [profile.names.role, profile.profile.store])
            return true
        }
    }

    /// Removes what an earlier compilation left, and makes the role if it is missing.
    private static func clear(_ profile: EnclosureCompiler, _ connection: AdminConnection) throws(EnclosureError) {
        let role = SQLText.identifier(profile.names.role)
        for schema in profile.applicationSchemas {
            try connection.execute(
                "DROP SCHEMA IF EXISTS \(SQLText.identifier(profile.names.schema(for: schema))) CASCADE")
        }
        let exists = try !connection.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", [profile.names.role]).isEmpty
        guard exists else {
            for statement in profile.roleStatements { try connection.execute(statement) }
            return
        }
        try connection.execute("ALTER ROLE \(role) NOLOGIN")
        try connection.execute("ALTER ROLE \(role) RESET ALL")
    }

    /// The registry says what is complete in this database; the key table is read by the views' owner alone.
    private static func makeRegistry(_ connection: AdminConnection) throws(EnclosureError) {
        func exists() throws(EnclosureError) -> Bool {
            try connection.rows("SELECT to_regclass('ringfence.pseudonym_key')").first?[0] != nil
        }
        guard try !exists() else { return }
        do {
            try connection.transaction { () throws(EnclosureError) in
                try connection.execute("CREATE SCHEMA IF NOT EXISTS ringfence")
                try connection.execute(
                    "CREATE TABLE IF NOT EXISTS ringfence.profile (role name PRIMARY KEY, store text NOT NULL, compiled_at timestamptz NOT NULL DEFAULT now())"
                )
                try connection.execute(
                    "CREATE TABLE IF NOT EXISTS ringfence.pseudonym_key (name text PRIMARY KEY, ipad bytea NOT NULL, opad bytea NOT NULL)"
                )
            }
        } catch {
            // Two gateways may start at once: IF NOT EXISTS still fails for the second while the first has not committed.
            guard try exists() else { throw error }
        }
    }

    private static func makeKeys(_ connection: AdminConnection, columns: [String]) throws(EnclosureError) {
        for column in columns {
            guard try connection.rows("SELECT 1 FROM ringfence.pseudonym_key WHERE name = $1", [column]).isEmpty else {
                continue
            }
            let key = PseudonymKey()
            try connection.rows(
                "INSERT INTO ringfence.pseudonym_key VALUES ($1, decode($2, 'hex'), decode($3, 'hex')) ON CONFLICT DO NOTHING",
                [column, key.ipad, key.opad])
        }
    }

    // MARK: Logins

    /// The login of a principal under a profile, made or mended if need be.
    public func ensureLogin(_ principal: String, _ profile: EnclosureCompiler) throws(EnclosureError) -> UpstreamRole {
        let login = try EnclosureNames.checked(profile.names.login(of: principal))
        let isReady = { (connection: AdminConnection) throws(EnclosureError) in
            try Self.isReady(login, profile, connection)
        }
        if try !with(inquiries, isReady) {
            try withConnection { connection throws(EnclosureError) in
                guard try !isReady(connection) else { return }
                _ = try Self.apply(profile, connection, anew: false)
                try makeLogin(login, profile, connection)
            }
        }
        return upstreamRole(login, profile)
    }

    /// Sets the role's password back to what the gateway derives.
    public func resetPassword(of principal: String, _ profile: EnclosureCompiler) throws(EnclosureError) -> UpstreamRole
    {
        let login = profile.names.login(of: principal)
        return try withConnection { connection throws(EnclosureError) in
            let verifier = SQLText.literal(RolePassword(of: login, secret: secret).verifier.description)
            try connection.execute("ALTER ROLE \(SQLText.identifier(login)) LOGIN PASSWORD \(verifier)")
            return upstreamRole(login, profile)
        }
    }

    private func upstreamRole(_ login: String, _ profile: EnclosureCompiler) -> UpstreamRole {
        let schemas = profile.applicationSchemas
        let own = schemas.map { profile.profile.isWhollyClear ? $0 : profile.names.schema(for: $0) }
        return UpstreamRole(
            role: login, password: RolePassword(of: login, secret: secret).text,
            searchPath: own.map(SQLText.identifier).joined(separator: ", "),
            schemas: profile.profile.isWhollyClear
                ? [:] : Dictionary(uniqueKeysWithValues: zip(schemas, own).map { ($0, $1) }))
    }

    /// In one query: the role is as it was made, its one membership is the profile's, and the profile is complete.
    private static func isReady(_ login: String, _ profile: EnclosureCompiler, _ connection: AdminConnection)
        throws(EnclosureError) -> Bool
    {
        guard try connection.rows("SELECT to_regclass('ringfence.profile')").first?[0] != nil else { return false }
        return try !connection.rows(
            """
            SELECT 1 FROM pg_roles l JOIN ringfence.profile p ON p.role = $2 JOIN pg_roles r ON r.rolname = p.role
            WHERE l.rolname = $1 AND l.rolcanlogin AND l.rolinherit AND l.rolconfig IS NULL AND r.rolconfig IS NULL
                AND NOT (l.rolsuper OR l.rolcreatedb OR l.rolcreaterole OR l.rolreplication OR l.rolbypassrls)
                AND (SELECT array_agg(m.roleid) FROM pg_auth_members m WHERE m.member = l.oid) = ARRAY[r.oid]
            """, [login, profile.names.role]
        ).isEmpty
    }

    private func makeLogin(_ login: String, _ profile: EnclosureCompiler, _ connection: AdminConnection)
        throws(EnclosureError)
    {
        let name = SQLText.identifier(login)
        let verifier = SQLText.literal(RolePassword(of: login, secret: secret).verifier.description)
        try connection.transaction { () throws(EnclosureError) in
            try Self.lock(connection)
            let exists = try !connection.rows("SELECT 1 FROM pg_roles WHERE rolname = $1", [login]).isEmpty
            if exists {
                try connection.execute("ALTER ROLE \(name) LOGIN INHERIT PASSWORD \(verifier)")
                try connection.execute("ALTER ROLE \(name) RESET ALL")
                let others = try connection.rows(
                    "SELECT r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid JOIN pg_roles l ON l.oid = m.member WHERE l.rolname = $1 AND r.rolname <> $2",
                    [login, profile.names.role])
                for other in others {
                    try connection.execute("REVOKE \(SQLText.identifier(other[0] ?? "")) FROM \(name)")
                }
            } else {
                try connection.execute(
                    "CREATE ROLE \(name) LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS INHERIT PASSWORD \(verifier)"
                )
            }
            let version =
                try connection.rows("SELECT current_setting('server_version_num')").first?[0].flatMap { Int($0) } ?? 0
            // Before 16, a member could always SET ROLE to the profile; it gains nothing, and session_user still names them.
            let options = version >= 160_000 ? " WITH INHERIT TRUE, SET FALSE, ADMIN FALSE" : ""
            try connection.rows("GRANT \(SQLText.identifier(profile.names.role)) TO \(name)\(options)")
        }
    }

    // MARK: Leaving nothing behind

    /// Drops the profiles of this database that are not among `kept`, with their logins, unless someone uses them.
    ///
    /// - Returns: The profile roles dropped.
    @discardableResult
    public func collectGarbage(keeping kept: Set<String>) throws(EnclosureError) -> [String] {
        try withConnection { connection throws(EnclosureError) in
            guard try connection.rows("SELECT to_regclass('ringfence.profile')").first?[0] != nil else { return [] }
            var dropped: [String] = []
            for row in try connection.rows("SELECT role FROM ringfence.profile ORDER BY 1") {
                guard let role = row[0], !kept.contains(role) else { continue }
                // From 16 on, whoever makes a role is a member of it with ADMIN: the gateway's own connections.
                let inUse = try !connection.rows(
                    "SELECT 1 FROM pg_stat_activity a JOIN pg_auth_members m ON m.member = a.usesysid AND NOT m.admin_option JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = $1",
                    [role]
                ).isEmpty
                if !inUse {
                    try Self.drop(role, connection)
                    dropped.append(role)
                }
            }
            return dropped
        }
    }

    private static func drop(_ role: String, _ connection: AdminConnection) throws(EnclosureError) {
        try connection.transaction { () throws(EnclosureError) in
            try lock(connection)
            let logins = try connection.rows(
                "SELECT l.rolname FROM pg_auth_members m JOIN pg_roles l ON l.oid = m.member JOIN pg_roles r ON r.oid = m.roleid WHERE r.rolname = $1 AND l.rolname LIKE '%#%'",
                [role])
            for name in logins.compactMap({ $0[0] }) + [role] {
                let quoted = SQLText.identifier(name)
                // What a person came to own (a temporary table, a large object) would keep the role from being dropped.
                try connection.rows("GRANT \(quoted) TO CURRENT_USER")
                try connection.execute("DROP OWNED BY \(quoted) CASCADE")
            }
            let short = role.dropFirst(3)
            for row in try connection.rows("SELECT nspname FROM pg_namespace WHERE nspname LIKE $1", ["%@\(short)"]) {
                try connection.execute("DROP SCHEMA \(SQLText.identifier(row[0] ?? "")) CASCADE")
            }
            for name in logins.compactMap({ $0[0] }) + [role] {
                try connection.execute("DROP ROLE \(SQLText.identifier(name))")
            }
            try connection.rows("DELETE FROM ringfence.profile WHERE role = $1", [role])
        }
    }
}
