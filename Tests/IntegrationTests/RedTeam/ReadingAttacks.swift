/// Attacks in plain SQL on what the attacker's own views show.
enum ReadingAttacks {
    /// The same rows by every road from a table to the client; `{id}` is the canary's key.
    private static let roads: [(name: String, script: String)] = [
        ("a plain read", "SELECT * FROM users WHERE id = {id};"),
        ("a qualified read", "SELECT * FROM app.users WHERE app.users.id = {id};"),
        ("a read by profile schema", "SELECT * FROM {schema}.users WHERE id = {id};"),
        ("TABLE", "TABLE messages;"),
        ("an aggregate", "SELECT max(email), min(phone), max(birth_date) FROM users WHERE id = {id};"),
        ("string_agg", "SELECT string_agg(email || phone, ',') FROM users WHERE id >= {id};"),
        ("the row as text", "SELECT u::text FROM users u WHERE id = {id};"),
        ("the row as JSON", "SELECT row_to_json(u), to_jsonb(u), json_agg(u) OVER () FROM users u WHERE id = {id};"),
        ("the row as XML", "SELECT xmlforest(u.email, u.phone) FROM users u WHERE id = {id};"),
        ("a join", "SELECT u.email, m.body FROM users u JOIN messages m ON m.author_id = u.id WHERE u.id = {id};"),
        (
            "a full join",
            "SELECT * FROM users u FULL JOIN messages m ON m.recipient_id = u.id WHERE coalesce(u.id, m.author_id) >= 900000;"
        ),
        (
            "a lateral subquery",
            "SELECT l.* FROM (VALUES ({id})) v (i), LATERAL (SELECT email FROM users WHERE id = v.i) l;"
        ),
        ("a materialized CTE", "WITH c AS MATERIALIZED (SELECT * FROM users) SELECT * FROM c WHERE id = {id};"),
        (
            "a recursive CTE",
            "WITH RECURSIVE c AS (SELECT id, email FROM users WHERE id = {id} UNION SELECT id, email FROM c) TABLE c;"
        ),
        ("a window", "SELECT first_value(email) OVER (ORDER BY id DESC) FROM users WHERE id >= {id};"),
        ("a union", "SELECT email FROM users WHERE id = {id} UNION ALL SELECT body FROM messages WHERE id = {id};"),
        (
            "a cursor",
            "BEGIN; DECLARE c SCROLL CURSOR FOR SELECT * FROM users WHERE id >= {id}; FETCH ALL FROM c; FETCH FIRST FROM c; COMMIT;"
        ),
        (
            "a cursor that outlives its transaction",
            "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM users WHERE id = {id}; FETCH ALL FROM c;"
        ),
        ("a prepared statement", "PREPARE p AS SELECT * FROM users WHERE id = $1; EXECUTE p({id});"),
        ("COPY of a table", "COPY users TO STDOUT;"),
        ("COPY of a query", "COPY (SELECT * FROM app.users WHERE id >= {id}) TO STDOUT WITH (FORMAT csv, HEADER);"),
        ("COPY of columns", "COPY app.messages (id, body) TO STDOUT;"),
        ("a temporary table", "CREATE TEMP TABLE t AS SELECT * FROM users WHERE id = {id}; TABLE t;"),
        ("a temporary view", "CREATE TEMP VIEW t AS SELECT * FROM users WHERE id = {id}; TABLE t;"),
        (
            "a temporary SQL function",
            "CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE sql AS 'SELECT email FROM users WHERE id = {id}'; SELECT pg_temp.f();"
        ),
        (
            "a notice",
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM users WHERE id = {id} LOOP RAISE NOTICE '%', r; END LOOP; END $$;"
        ),
        (
            "an error's detail",
            "DO $$ BEGIN RAISE EXCEPTION 'x' USING DETAIL = (SELECT email FROM users WHERE id = {id}), HINT = (SELECT body FROM messages WHERE id = {id}); END $$;"
        ),
        (
            "a cast that quotes its input",
            "SELECT email::integer FROM users WHERE id = {id}; SELECT phone::date FROM users WHERE id = {id}; SELECT body::integer FROM messages WHERE id = {id};"
        ),
        (
            "a setting",
            "SELECT set_config('application_name', (SELECT email FROM users WHERE id = {id}), false); SHOW application_name;"
        ),
        ("a sample", "SELECT * FROM locations TABLESAMPLE SYSTEM (100);"),
        ("the column that no catalog names", "SELECT attributes FROM devices WHERE user_id = {id};"),
        ("an ordering", "SELECT email, phone FROM users ORDER BY (id = {id}) DESC, email LIMIT 3;"),
        (
            "a grouping",
            "SELECT email, count(*) FROM users WHERE id >= {id} GROUP BY email, GROUPING SETS ((), (phone));"
        ),
    ]

    /// What an attacker's views keep from them.
    static func hiding(from attacker: Attack.Attacker) -> Countermeasure {
        attacker == .covered ? .rowFilter : .cellMask
    }

    static let all: [Attack] =
        [Attack.Attacker.covered, .masked].flatMap { attacker in
            roads.map { Attack.psql($0.name, by: attacker, $0.script, stoppedBy: hiding(from: attacker)) } + [
                Attack.psql(
                    "a locked row", by: attacker, "SELECT * FROM users WHERE id = {id} FOR UPDATE;",
                    stoppedBy: hiding(from: attacker), .fixedHomes),
                // The gateway takes neither LISTEN from them nor a notification to them.
                Attack.psql(
                    "a notification", by: attacker,
                    "LISTEN c; SELECT pg_notify('c', coalesce((SELECT email FROM {schema}.users WHERE id = {id}), 'none'));",
                    stoppedBy: hiding(from: attacker), .gateway),
            ]
        } + oddHomes

    /// Homes that are in nobody's list count as protected everywhere.
    private static let oddHomes: [Attack] = Canary.oddHomes.flatMap { odd in
        [Attack.Attacker.covered, .masked].map { attacker in
            Attack.psql(
                "a home written as \(odd.home.map { "'\($0)'" } ?? "NULL")", by: attacker,
                "SELECT * FROM users WHERE id = \(odd.user); SELECT u.email, m.body FROM users u JOIN messages m ON m.author_id = u.id WHERE u.id = \(odd.user);",
                stoppedBy: .positiveHomes)
        }
    }
}
