internal import PostgresClient
public import TransparencyLog

/// The tables and functions of a log in PostgreSQL.
///
/// Writers hold no right to change a table: all they do goes through functions that belong to whoever made the schema.
/// So there is no DELETE and no UPDATE of an entry for them, the sequencer only counts up, and the head only moves on
/// from where it was.
public struct SharedLogSchema: Sendable {
    private let location: SharedLogLocation
    private let origin: String

    /// - Parameter origin: The log's name in its checkpoints: another log's key is refused.
    public init(_ location: SharedLogLocation, origin: String) {
        self.location = location
        self.origin = origin
    }

    /// - Parameters:
    ///   - writers: Roles of gateways.
    ///   - readers: Roles that verify and publish.
    public func sql(writers: [String] = [], readers: [String] = []) -> String {
        var text = Self.tables + Self.functions
        for role in writers { text += Self.rights.replacing("@role", with: Self.quoted(role)) }
        for role in readers { text += Self.reading.replacing("@role", with: Self.quoted(role)) }
        let literal = "'" + origin.replacing("'", with: "''") + "'"
        let root = Hash.emptyRoot.bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return text.replacing("@schema", with: location.quotedSchema).replacing("@origin", with: literal)
            .replacing("@emptyRoot", with: "'\\x\(root)'")
    }

    private static func quoted(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }

    private static let tables = """
        CREATE SCHEMA @schema;

        -- The sequencer: one row, whose lock orders the groups of all writers.
        CREATE TABLE @schema.log (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            format integer NOT NULL DEFAULT 1,
            origin text NOT NULL,
            size bigint NOT NULL DEFAULT 0 CHECK (size >= 0)
        );
        INSERT INTO @schema.log (origin) VALUES (@origin);

        -- The last signed tree, and who signs for now.
        CREATE TABLE @schema.head (
            single boolean PRIMARY KEY DEFAULT true CHECK (single),
            size bigint NOT NULL DEFAULT 0,
            root bytea NOT NULL,
            note bytea,
            signer text,
            signer_until timestamptz NOT NULL DEFAULT '-infinity'
        );
        INSERT INTO @schema.head (root) VALUES (@emptyRoot);

        CREATE TABLE @schema.writer (
            name text PRIMARY KEY,
            holder bytea,
            fence bigint NOT NULL DEFAULT 0,
            groups bigint NOT NULL DEFAULT 0,
            first bigint NOT NULL DEFAULT 0,
            seen timestamptz NOT NULL DEFAULT '-infinity'
        );

        CREATE TABLE @schema.entry (
            index bigint PRIMARY KEY,
            entry bytea NOT NULL CHECK (octet_length(entry) <= 65535)
        );
        CREATE TABLE @schema.detail (index bigint PRIMARY KEY, sealed bytea NOT NULL);
        -- Hashes above the leaves: of each full tile, its root.
        CREATE TABLE @schema.node (
            level smallint NOT NULL CHECK (level BETWEEN 1 AND 7),
            position bigint NOT NULL,
            hash bytea NOT NULL CHECK (octet_length(hash) = 32),
            PRIMARY KEY (level, position)
        );

        """

    /// `pg_temp` last: it would else come first, and a type of a caller's own would be looked up there.
    private static let functions = """
        -- Takes a writer's place. Whoever had it before can commit nothing any more. Waits for a group that is being
        -- committed, so that the answer says what became of it.
        CREATE FUNCTION @schema.claim(p_name text, p_holder bytea, p_continues boolean, p_stale bigint)
        RETURNS TABLE (fence bigint, groups bigint, first bigint, size bigint)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        #variable_conflict use_column
        DECLARE
            found_holder bytea;
            found_seen timestamptz;
        BEGIN
            INSERT INTO @schema.writer (name) VALUES (p_name) ON CONFLICT DO NOTHING;
            SELECT holder, seen INTO found_holder, found_seen FROM @schema.writer WHERE name = p_name FOR UPDATE;
            IF found_holder IS DISTINCT FROM p_holder THEN
                IF p_continues THEN
                    RAISE EXCEPTION 'another process has taken the place of writer %', p_name USING ERRCODE = 'RF001';
                ELSIF found_seen > clock_timestamp() - p_stale * interval '1 millisecond' THEN
                    RAISE EXCEPTION 'another process writes as %', p_name USING ERRCODE = 'RF002';
                END IF;
            END IF;
            RETURN QUERY
                UPDATE @schema.writer w SET holder = p_holder, fence = w.fence + 1, seen = clock_timestamp()
                WHERE w.name = p_name
                RETURNING w.fence, w.groups, w.first, (SELECT l.size FROM @schema.log l);
        END
        $function$;

        -- For what needs no fence: the process has the writer's place still.
        CREATE FUNCTION @schema.demand_place(p_name text, p_holder bytea) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        BEGIN
            PERFORM 1 FROM @schema.writer WHERE name = p_name AND holder = p_holder;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'another process has taken the place of writer %', p_name USING ERRCODE = 'RF001';
            END IF;
        END
        $function$;

        -- One group: all of it or nothing. Returns the first entry's index.
        CREATE FUNCTION @schema.append(
            p_name text, p_fence bigint, p_group bigint, p_entries bytea[], p_details bytea[]
        ) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        DECLARE
            next_first bigint;
        BEGIN
            UPDATE @schema.log SET size = size + cardinality(p_entries)
                RETURNING size - cardinality(p_entries) INTO next_first;
            UPDATE @schema.writer SET groups = p_group, first = next_first, seen = clock_timestamp()
                WHERE name = p_name AND fence = p_fence AND groups = p_group - 1;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'writer % was fenced off', p_name USING ERRCODE = 'RF001';
            END IF;
            INSERT INTO @schema.entry (index, entry)
                SELECT next_first + e.n - 1, e.entry FROM unnest(p_entries) WITH ORDINALITY AS e (entry, n);
            INSERT INTO @schema.detail (index, sealed)
                SELECT next_first + d.n - 1, d.sealed FROM unnest(p_details) WITH ORDINALITY AS d (sealed, n)
                WHERE d.sealed IS NOT NULL;
            RETURN next_first;
        END
        $function$;

        -- A writer without entries still has its place.
        CREATE FUNCTION @schema.beat(p_name text, p_fence bigint) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        BEGIN
            UPDATE @schema.writer SET seen = clock_timestamp() WHERE name = p_name AND fence = p_fence;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'writer % was fenced off', p_name USING ERRCODE = 'RF001';
            END IF;
        END
        $function$;

        -- What there is, and whether this writer is to sign what is new. Whoever is asked to sign has a while for it;
        -- that spares work, and is not what keeps the head in order.
        CREATE FUNCTION @schema.look(p_name text, p_holder bytea, p_lease bigint)
        RETURNS TABLE (entries bigint, size bigint, root bytea, note bytea, signs boolean)
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        #variable_conflict use_column
        DECLARE
            found_entries bigint;
            found_signs boolean := false;
        BEGIN
            PERFORM @schema.demand_place(p_name, p_holder);
            SELECT l.size INTO found_entries FROM @schema.log l;
            PERFORM 1 FROM @schema.head h WHERE h.size < found_entries OR h.note IS NULL;
            IF FOUND THEN
                UPDATE @schema.head
                    SET signer = p_name, signer_until = clock_timestamp() + p_lease * interval '1 millisecond'
                    WHERE signer = p_name OR signer_until < clock_timestamp();
                found_signs := FOUND;
            END IF;
            RETURN QUERY SELECT found_entries, h.size, h.root, h.note, found_signs FROM @schema.head h;
        END
        $function$;

        -- The head moves on from the one that the signer started at, or not at all. Its note leaves a process only
        -- once this is committed.
        CREATE FUNCTION @schema.advance(
            p_name text, p_holder bytea, p_from bigint, p_from_root bytea, p_size bigint, p_root bytea, p_note bytea,
            p_levels bigint[], p_positions bigint[], p_hashes bytea[]
        ) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        BEGIN
            PERFORM @schema.demand_place(p_name, p_holder);
            UPDATE @schema.head SET size = p_size, root = p_root, note = p_note
                WHERE size = p_from AND root = p_from_root AND (p_size > size OR note IS NULL)
                    AND p_size <= (SELECT l.size FROM @schema.log l);
            IF NOT FOUND THEN
                RETURN false;
            END IF;
            INSERT INTO @schema.node (level, position, hash)
                SELECT n.level, n.position, n.hash FROM unnest(p_levels, p_positions, p_hashes) AS n (level, position, hash);
            RETURN true;
        END
        $function$;

        -- What a detail said is gone; that there was one is not.
        CREATE FUNCTION @schema.erase_details(p_name text, p_holder bytea, p_first bigint[], p_end bigint[])
        RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        BEGIN
            PERFORM @schema.demand_place(p_name, p_holder);
            UPDATE @schema.detail d SET sealed = ''
                FROM unnest(p_first, p_end) AS r (first, behind)
                WHERE d.index >= r.first AND d.index < r.behind AND d.sealed <> '';
        END
        $function$;

        -- The writer's process ends in good order: another may take its place at once.
        CREATE FUNCTION @schema.leave(p_name text, p_holder bytea) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $function$
        BEGIN
            UPDATE @schema.writer SET seen = '-infinity' WHERE name = p_name AND holder = p_holder;
            IF FOUND THEN
                UPDATE @schema.head SET signer_until = '-infinity' WHERE signer = p_name;
            END IF;
        END
        $function$;

        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA @schema FROM PUBLIC;

        """

    private static let reading = """
        GRANT USAGE ON SCHEMA @schema TO @role;
        GRANT SELECT ON ALL TABLES IN SCHEMA @schema TO @role;

        """

    private static let rights =
        reading + """
            GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA @schema TO @role;

            """
}

extension SharedLogSchema {
    /// Makes all of it in one transaction.
    ///
    /// - Throws: ``LogError`` if there is such a schema, the role may make none, or the database cannot be reached.
    public func create(writers: [String] = [], readers: [String] = []) throws(LogError) {
        do throws(DatabaseError) {
            _ = try location.connect(isWriting: true).rows(sql(writers: writers, readers: readers))
        } catch {
            throw error.sqlState == nil ? .unreachable(error.message) : .failed("\(error)")
        }
    }

    /// Whether the log is there, of that name, in a database that keeps what it commits, and this role may write to it.
    public static func check(_ location: SharedLogLocation, origin: String) throws(LogError) {
        do throws(LinkError) {
            try LedgerLink(location, writer: "", holder: []).check(origin: origin)
        } catch {
            throw LogError(error)
        }
    }
}
