internal import PostgresClient
internal import TransparencyLog

/// Why a call of one of the schema's functions was of no use.
enum LinkError: Error, Equatable {
    /// Another process has this writer's place: nothing it does is taken any more.
    case fenced(String)
    /// Another process that is alive has this writer's place.
    case inUse(String)
    /// The database is not set up, or not for this role: nothing changes by trying again.
    case unusable(String)
    /// It cannot be reached, lost the connection, or failed. What was under way may or may not have been committed.
    case unreachable(String)

    init(_ error: DatabaseError, _ location: SharedLogLocation) {
        switch error.sqlState {
        case "RF001": self = .fenced(error.message)
        case "RF002": self = .inUse(error.message)
        case "3F000", "42P01", "42883", "42703":
            self = .unusable(
                "there is no ledger in \(location): \(error.message); make one with `ringfence ledger init`")
        case "42501":
            self = .unusable(
                "\(error.message); grant this role the rights of a writer: `ringfence ledger init --print --writer …`")
        default: self = .unreachable("\(error)")
        }
    }
}

/// A connection to a log's database, and the schema's functions as calls. Blocks.
struct LedgerLink {
    /// The place of a writer, once it is taken.
    struct Claim: Equatable {
        var fence: Int64
        /// How many groups this writer ever committed, and the index of the last one's first entry.
        var groups: Int64
        var first: UInt64
        /// Of the whole log.
        var size: UInt64
    }

    struct Standing: Equatable {
        var entries: UInt64
        var size: UInt64
        var root: Hash
        var note: [UInt8]?
        var signs: Bool
    }

    private let connection: DatabaseConnection
    private let location: SharedLogLocation
    private let name: String
    private let holder: [UInt8]

    /// - Parameter holder: Tells this process from every other.
    init(_ location: SharedLogLocation, writer name: String, holder: [UInt8]) throws(LinkError) {
        self.location = location
        self.name = name
        self.holder = holder
        do throws(DatabaseError) { connection = try location.connect(isWriting: true) } catch {
            throw LinkError(error, location)
        }
    }

    /// Whether this is the log of that name, in a database that keeps what it commits.
    func check(origin: String) throws(LinkError) {
        let rows = try call(
            """
            SELECT origin, current_setting('fsync'),
                has_function_privilege($1, 'EXECUTE')::text
            FROM @schema.log WHERE format = 1
            """, [.text("\(location.quotedSchema).append(text,bigint,bigint,bytea[],bytea[])")])
        guard let row = rows.first, row.count == 3, let found = row[0].text else {
            throw .unusable("\(location) is of a version that this program does not know")
        }
        guard found.utf8.elementsEqual(origin.utf8) else {
            throw .unusable("\(location) holds the log \(found), not \(origin)")
        }
        guard row[1].text == "on" else {
            throw .unusable("the database runs with fsync off: what it commits is lost with the machine; turn it on")
        }
        guard row[2].text == "true" else {
            throw .unusable("this role may not append; grant it a writer's rights: `ringfence ledger init --print`")
        }
    }

    /// - Parameter continues: This process had the place before: if it has it no more, it must not take it again.
    func claim(continues: Bool, staleAfter: Duration) throws(LinkError) -> Claim {
        let rows = try call(
            "SELECT fence, groups, first, size FROM @schema.claim($1, $2, $3::text::boolean, $4)",
            [.text(name), .bytes(holder), .text(continues ? "true" : "false"), .bigint(staleAfter.milliseconds)])
        guard let row = rows.first, row.count == 4, let fence = row[0].integer, let groups = row[1].integer,
            let first = row[2].integer, let size = row[3].integer
        else { throw .unreachable("the database's answer is not of the expected form") }
        return Claim(
            fence: fence, groups: groups, first: UInt64(clamping: first), size: UInt64(clamping: size))
    }

    /// - Returns: The index of the group's first entry; the group is durable then.
    func append(
        fence: Int64, group: Int64, entries: [[UInt8]], sealedDetails: [[UInt8]?]
    ) throws(LinkError) -> UInt64 {
        let rows = try call(
            "SELECT @schema.append($1, $2, $3, $4, $5)",
            [.text(name), .bigint(fence), .bigint(group), .bytesArray(entries), .bytesArray(sealedDetails)])
        guard let first = rows.first?.first?.integer else {
            throw .unreachable("the database's answer is not of the expected form")
        }
        return UInt64(clamping: first)
    }

    func beat(fence: Int64) throws(LinkError) {
        _ = try call("SELECT @schema.beat($1, $2)", [.text(name), .bigint(fence)])
    }

    func look(lease: Duration) throws(LinkError) -> Standing {
        let rows = try call(
            "SELECT entries, size, root, note, signs FROM @schema.look($1, $2, $3)",
            [.text(name), .bytes(holder), .bigint(lease.milliseconds)])
        guard let row = rows.first, row.count == 5, let entries = row[0].integer, let size = row[1].integer,
            let root = row[2].bytes.flatMap({ Hash($0) }), let signs = row[4].integer
        else { throw .unreachable("the database's answer is not of the expected form") }
        return Standing(
            entries: UInt64(clamping: entries), size: UInt64(clamping: size), root: root, note: row[3].bytes,
            signs: signs != 0)
    }

    struct Node {
        var level: Int
        var position: UInt64
        var hash: Hash
    }

    /// - Returns: False if the head is no longer where `old` says.
    func advance(from old: Standing, to head: SignedCheckpoint, nodes: [Node]) throws(LinkError) -> Bool {
        let rows = try call(
            "SELECT @schema.advance($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            [
                .text(name), .bytes(holder), .bigint(Int64(clamping: old.size)), .bytes(old.root.bytes),
                .bigint(Int64(clamping: head.size)), .bytes(head.root.bytes), .bytes(head.note.bytes),
                .bigintArray(nodes.map { Int64($0.level) }),
                .bigintArray(nodes.map { Int64(clamping: $0.position) }), .bytesArray(nodes.map(\.hash.bytes)),
            ])
        return rows.first?.first?.integer == 1
    }

    /// The hashes of a level from a position on, without a gap.
    func nodes(level: Int, from first: UInt64, count: Int) throws(LinkError) -> [Hash] {
        try call(
            """
            SELECT hash FROM @schema.node WHERE level = $1 AND position >= $2 AND position < $2 + $3 ORDER BY position
            """, [.bigint(Int64(level)), .bigint(Int64(clamping: first)), .bigint(Int64(count))]
        ).compactMap { $0.first?.bytes.flatMap { Hash($0) } }
    }

    /// - Throws: `.unusable` if one of them is missing.
    func entries(_ range: Range<UInt64>) throws(LinkError) -> [[UInt8]] {
        let rows = try call(
            "SELECT entry FROM @schema.entry WHERE index >= $1 AND index < $2 ORDER BY index",
            [.bigint(Int64(clamping: range.lowerBound)), .bigint(Int64(clamping: range.upperBound))])
        let entries = rows.compactMap { $0.first?.bytes }
        guard entries.count == range.count else {
            throw .unusable("of entries \(range.lowerBound) to \(range.upperBound) only \(entries.count) are there")
        }
        return entries
    }

    func eraseDetails(of entries: RangeSet<UInt64>) throws(LinkError) {
        _ = try call(
            "SELECT @schema.erase_details($1, $2, $3, $4)",
            [
                .text(name), .bytes(holder),
                .bigintArray(entries.ranges.map { Int64(clamping: $0.lowerBound) }),
                .bigintArray(entries.ranges.map { Int64(clamping: $0.upperBound) }),
            ])
    }

    func leave() throws(LinkError) { _ = try call("SELECT @schema.leave($1, $2)", [.text(name), .bytes(holder)]) }

    private func call(_ sql: String, _ parameters: [BinaryParameter]) throws(LinkError) -> [[BinaryColumn]] {
        do throws(DatabaseError) {
            return try connection.binaryRows(sql.replacing("@schema", with: location.quotedSchema), parameters)
        } catch {
            throw LinkError(error, location)
        }
    }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
