/// Attacks that go round the views, to the tables, functions and catalogs behind them.
enum NameAttacks {
    private static let directNames: [(name: String, script: String)] = [
        ("escapes in the schema's name", #"SELECT * FROM U&"\0061pp".users WHERE id = {id};"#),
        ("a name with its database", "SELECT * FROM {database}.app.users WHERE id = {id};"),
        (
            "a search path by function",
            "SELECT set_config('search_path', 'app', false); SELECT * FROM users WHERE id = {id};"
        ),
        (
            "dynamic SQL",
            "DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM app.users WHERE id = {id}' LOOP RAISE NOTICE '%', r; END LOOP; END $$;"
        ),
        ("query_to_xml", "SELECT query_to_xml('SELECT * FROM app.users WHERE id = {id}', true, true, '');"),
        ("table_to_xml", "SELECT table_to_xml('app.users', true, true, '');"),
        ("schema_to_xml", "SELECT schema_to_xml('app', true, true, '');"),
        ("database_to_xml", "SELECT database_to_xml(true, true, '');"),
        (
            "cursor_to_xml",
            "BEGIN; DO $$ DECLARE c refcursor := 'k'; BEGIN OPEN c FOR EXECUTE 'SELECT * FROM app.users WHERE id = {id}'; END $$; SELECT cursor_to_xml('k', 10, true, true, ''); COMMIT;"
        ),
        ("ts_stat", "SELECT * FROM ts_stat('SELECT to_tsvector(email) FROM app.users WHERE id = {id}');"),
        (
            "a function in pg_temp",
            "CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY EXECUTE 'SELECT email FROM app.users WHERE id = {id}'; END $$; SELECT pg_temp.f();"
        ),
        (
            "an SQL body without quotes",
            "CREATE FUNCTION pg_temp.f() RETURNS SETOF text LANGUAGE sql BEGIN ATOMIC SELECT email FROM U&\"\\0061pp\".users WHERE id = {id}; END; SELECT pg_temp.f();"
        ),
        (
            "a text the parser reads otherwise",
            "SET standard_conforming_strings = off; SELECT '\\'' , * FROM app.users WHERE id = {id} --';"
        ),
        ("another client encoding", "SET client_encoding = 'SJIS'; SELECT * FROM app.users WHERE id = {id};"),
        ("a statement too long to parse", "SELECT * FROM app.users WHERE id = {id} /* {padding} */;"),
        (
            "a partition by its real name",
            "DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM app.locations_2026_1 WHERE user_id = {id}' LOOP RAISE NOTICE '%', r; END LOOP; END $$;"
        ),
        (
            "another view over the table",
            "CREATE TEMP VIEW v AS SELECT * FROM U&\"\\0061pp\".users; SELECT * FROM v WHERE id = {id};"
        ),
        (
            "planner statistics",
            "SELECT * FROM pg_stats WHERE schemaname = 'app'; SELECT * FROM pg_statistic; SELECT * FROM pg_stats_ext;"
        ),
    ]

    /// Names that the gateway still takes for the person's own view.
    private static let redirectedNames: [(name: String, script: String)] = [
        ("escapes in the table's name", #"SELECT * FROM app.U&"\0075sers" WHERE id = {id};"#),
        ("a comment in the name", "SELECT * FROM app/**/./**/users WHERE id = {id};"),
        ("a name in capitals", "SELECT * FROM APP.USERS WHERE id = {id};"),
        ("a search path", "SET search_path TO app; SELECT * FROM users WHERE id = {id};"),
        (
            "a search path in the role",
            "ALTER ROLE CURRENT_USER SET search_path = 'app';\n\\c\nSELECT * FROM users WHERE id = {id};"
        ),
    ]

    private static let throughOwners: [(name: String, script: String)] = [
        ("a SECURITY DEFINER function", "SELECT app.user_email({id});"),
        ("the same, quoted", #"SELECT "app"."user_email"({id});"#),
        (
            "the same, in dynamic SQL",
            "DO $$ DECLARE r text; BEGIN EXECUTE 'SELECT app.user_email({id})' INTO r; RAISE NOTICE '%', r; END $$;"
        ),
        ("the same, by query_to_xml", "SELECT query_to_xml('SELECT app.user_email({id})', true, true, '');"),
        (
            "the same, in a default",
            "CREATE TEMP TABLE t (i int, e text DEFAULT app.user_email({id})); INSERT INTO t VALUES (1); TABLE t;"
        ),
        (
            "the same, in a search path",
            "SELECT set_config('search_path', 'app', false); SELECT user_email({id});"
        ),
        (
            "a view granted to PUBLIC",
            "SELECT * FROM app.rt_public_view WHERE id = {id}; DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM app.rt_public_view WHERE id = {id}' LOOP RAISE NOTICE '%', r; END LOOP; END $$;"
        ),
        ("what PUBLIC may read, as XML", "SELECT database_to_xml(true, true, '');"),
    ]

    private static let leakyCode: [(name: String, script: String)] = [
        (
            "a cheap function",
            "CREATE FUNCTION pg_temp.leak(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', t; RETURN true; END $$; SELECT count(*) FROM users WHERE pg_temp.leak(handle) AND id >= 900000;"
        ),
        (
            "a cheap function in a join",
            "CREATE FUNCTION pg_temp.leak(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', t; RETURN true; END $$; SELECT count(*) FROM users b LEFT JOIN messages m ON m.author_id = b.id WHERE pg_temp.leak(b.handle) AND b.id >= 900000;"
        ),
        (
            "a function that fails and quotes",
            "CREATE FUNCTION pg_temp.leak(t text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RETURN t::integer = 1; END $$; SELECT count(*) FROM users WHERE pg_temp.leak(handle) AND id >= 900000;"
        ),
        (
            "an operator of one's own",
            "CREATE FUNCTION pg_temp.leak(a text, b text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', a; RETURN false; END $$; CREATE OPERATOR pg_temp.<<< (LEFTARG = text, RIGHTARG = text, FUNCTION = pg_temp.leak, RESTRICT = scalarltsel); SELECT count(*) FROM users WHERE handle OPERATOR(pg_temp.<<<) 'x' AND id >= 900000;"
        ),
    ]

    private static let pseudonymKey: [(name: String, script: String)] = [
        ("the view's definition", "SELECT pg_get_viewdef('{schema}.users'::regclass, true);"),
        (
            "every view's definition",
            "SELECT definition FROM pg_views; SELECT view_definition FROM information_schema.views;"
        ),
        ("the rewrite rule", "SELECT ev_action FROM pg_rewrite;"),
        (
            "a verbose plan",
            "EXPLAIN (VERBOSE) SELECT phone FROM users; EXPLAIN (VERBOSE, ANALYZE, FORMAT json) SELECT phone FROM users LIMIT 1;"
        ),
        (
            "the planner's debug output",
            "SET debug_pretty_print = off; SET debug_print_plan = on; SET debug_print_rewritten = on; SET client_min_messages = log; SELECT phone FROM users LIMIT 1;"
        ),
    ]

    static let all: [Attack] =
        [Attack.Attacker.covered, .masked].flatMap { attacker in
            directNames.map { Attack.psql($0.name, by: attacker, $0.script, stoppedBy: .noBaseRights) }
                + redirectedNames.map {
                    Attack.psql($0.name, by: attacker, $0.script, stoppedBy: ReadingAttacks.hiding(from: attacker))
                }
                + throughOwners.map { Attack.psql($0.name, by: attacker, $0.script, stoppedBy: .noSchemaUsage) }
        }
        + leakyCode.map { Attack.psql($0.name, by: .covered, $0.script, stoppedBy: .cellMask, .securityBarrier) }
        + pseudonymKey.map { Attack.psql($0.name, by: .pseudonymous, $0.script, stoppedBy: .keyTable) }
        + [
            Attack.psql(
                "the key table", by: .pseudonymous, "SELECT * FROM {keySchema}.{keyTable};", stoppedBy: .keyTableRights),
            Attack.psql(
                "the key table, by COPY", by: .pseudonymous, "COPY {keySchema}.{keyTable} TO STDOUT;",
                stoppedBy: .keyTableRights),
            Attack.psql(
                "the key table, by XML", by: .pseudonymous,
                "SET xmlbinary = hex; SELECT query_to_xml('SELECT * FROM {keySchema}.{keyTable}', true, true, '');",
                stoppedBy: .keyTableRights),
        ]
}
