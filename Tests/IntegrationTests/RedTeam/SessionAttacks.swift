/// Attacks on the session and its role: to become somebody else, or to reach the server's files.
enum SessionAttacks {
    /// How to read the canary once one is somebody who may; text inside a string is not redirected.
    private static let loot =
        "DO $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM app.users WHERE id = {id}' LOOP RAISE NOTICE '%', r; END LOOP; END $$;"

    /// What a role could take that were a member of others.
    private static let memberships: [(name: String, script: String)] = [
        ("SET ROLE to the owner", "SET ROLE app_owner; \(loot)"),
        ("SET LOCAL ROLE", "BEGIN; SET LOCAL ROLE app_owner; \(loot) COMMIT;"),
        ("set_config of role", "SELECT set_config('role', 'app_owner', false); \(loot)"),
        (
            "a grant to oneself",
            "BEGIN; SET LOCAL ROLE app_owner; DO $$ BEGIN EXECUTE 'GRANT USAGE ON SCHEMA app TO PUBLIC'; EXECUTE 'GRANT SELECT ON app.users TO PUBLIC'; END $$; RESET ROLE; \(loot) ROLLBACK;"
        ),
        (
            "a file of the server",
            "SET ROLE pg_read_server_files; SELECT pg_read_file('{canaryFile}'); SELECT pg_read_binary_file('{canaryFile}');"
        ),
        (
            "a folder of the server",
            "SET ROLE pg_read_server_files; SELECT pg_read_file(name) FROM pg_ls_dir('.') name WHERE name LIKE 'rt-%';"
        ),
        (
            "COPY from a file",
            "SET ROLE pg_read_server_files; CREATE TEMP TABLE t (x text); COPY t FROM '{canaryFile}'; TABLE t;"
        ),
        (
            "COPY from a program",
            "SET ROLE pg_execute_server_program; CREATE TEMP TABLE t (x text); COPY t FROM PROGRAM 'cat {canaryFile}'; TABLE t;"
        ),
        (
            "COPY to a program",
            "SET ROLE pg_execute_server_program; COPY (SELECT 1) TO PROGRAM 'cp {canaryFile} {canaryFile}.copy'; SET ROLE pg_read_server_files; SELECT pg_read_file('{canaryFile}.copy');"
        ),
        (
            "a large object from a file",
            "SET ROLE pg_read_server_files;\nSELECT lo_import('{canaryFile}') AS object \\gset\nSELECT convert_from(lo_get(:object), 'UTF8');"
        ),
    ]

    /// What takes more than any role has that the gateway makes.
    private static let privileges: [(name: String, script: String)] = [
        ("SET ROLE to Ringfence's own role", "SET ROLE rf_admin; \(loot)"),
        (
            "a changed view",
            "BEGIN; SET LOCAL ROLE rf_admin; DROP VIEW {schema}.users; CREATE VIEW {schema}.users AS SELECT * FROM U&\"\\0061pp\".users; GRANT SELECT ON {schema}.users TO SESSION_USER; RESET ROLE; SELECT * FROM {schema}.users WHERE id = {id}; ROLLBACK;"
        ),
        ("SET ROLE to the superuser", "SET ROLE postgres; \(loot)"),
        ("SET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION postgres; \(loot)"),
        ("membership of the owner", "GRANT app_owner TO CURRENT_USER; SET ROLE app_owner; \(loot)"),
        ("membership of pg_read_all_data", "GRANT pg_read_all_data TO CURRENT_USER; \(loot)"),
        ("a superuser of one's own", "ALTER ROLE CURRENT_USER SUPERUSER; \(loot)"),
        ("a role of one's own", "CREATE ROLE rt_mine SUPERUSER; SET ROLE rt_mine; \(loot)"),
        ("BYPASSRLS", "ALTER ROLE CURRENT_USER BYPASSRLS; SET row_security = off; \(loot)"),
        (
            "an owner's change",
            "DO $$ BEGIN EXECUTE 'ALTER TABLE app.users OWNER TO CURRENT_USER'; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '%', SQLERRM; END $$; \(loot)"
        ),
        (
            "a rule",
            "CREATE RULE r AS ON SELECT TO {schema}.users DO INSTEAD SELECT * FROM U&\"\\0061pp\".users; \(loot)"
        ),
        ("a system setting", "ALTER SYSTEM SET row_security = off; \(loot)"),
        (
            "a schema of one's own",
            "CREATE SCHEMA rt_mine; CREATE FUNCTION rt_mine.lower(text) RETURNS text LANGUAGE sql AS 'SELECT $1'; \(loot)"
        ),
        ("an event trigger", "CREATE EVENT TRIGGER t ON ddl_command_end EXECUTE FUNCTION pg_temp.f(); \(loot)"),
        (
            "an untrusted language",
            "CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE c AS '/lib/x86_64-linux-gnu/libc.so.6', 'getenv'; \(loot)"
        ),
        (
            "a leakproof function",
            "CREATE FUNCTION pg_temp.leak(t text) RETURNS boolean LANGUAGE plpgsql LEAKPROOF COST 0.0000001 AS $$ BEGIN RAISE NOTICE 'saw %', t; RETURN true; END $$; SELECT count(*) FROM users WHERE pg_temp.leak(handle) AND id >= 900000; \(loot)"
        ),
        ("a library", "LOAD 'auto_explain'; SET auto_explain.log_min_duration = 0; \(loot)"),
        ("an extension", "CREATE EXTENSION dblink; SELECT dblink_connect('dbname={database}'); \(loot)"),
        ("a foreign table", "CREATE EXTENSION file_fdw; \(loot)"),
        ("a publication", "CREATE PUBLICATION rt FOR ALL TABLES; \(loot)"),
        ("a subscription", "CREATE SUBSCRIPTION rt CONNECTION 'dbname={database}' PUBLICATION rt; \(loot)"),
        (
            "a replication slot",
            "SELECT pg_create_logical_replication_slot('rt', 'test_decoding'); SELECT * FROM pg_logical_slot_peek_changes('rt', NULL, NULL); \(loot)"
        ),
        ("the password file", "SELECT rolpassword FROM pg_authid; SELECT passwd FROM pg_shadow; \(loot)"),
        ("the rules of pg_hba", "SELECT * FROM pg_hba_file_rules; \(loot)"),
        ("others' statements", "SELECT query FROM pg_stat_activity; \(loot)"),
        (
            "a terminated colleague",
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'; \(loot)"
        ),
        (
            "others' large objects",
            "SELECT lo_get(oid) FROM pg_largeobject_metadata; SELECT data FROM pg_largeobject; \(loot)"
        ),
        ("a prepared transaction", "BEGIN; PREPARE TRANSACTION 'rt'; \(loot)"),
        (
            "a snapshot of the past",
            "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot(); COMMIT; \(loot)"
        ),
        ("a system setting to learn a path", "SHOW data_directory; SHOW config_file; \(loot)"),
        (
            "reset of everything",
            "DISCARD ALL; RESET ALL; SET search_path TO DEFAULT; RESET ROLE; RESET SESSION AUTHORIZATION; \(loot)"
        ),
    ]

    static let all: [Attack] =
        memberships.map { Attack.psql($0.name, by: .covered, $0.script, stoppedBy: .plainRole) }
        + privileges.map { Attack.psql($0.name, by: .covered, $0.script, stoppedBy: .postgres) }
        + [
            Attack.psql(
                "a role setting for role", by: .covered,
                "ALTER ROLE CURRENT_USER SET role = 'app_owner';\n\\c\n\(loot)",
                stoppedBy: .gateway, .plainRole),
            Attack(
                name: "FunctionCall of query_to_xml", attacker: .covered,
                means: .wire(
                    .functionCall(oid: 2924, arguments: ["SELECT * FROM app.users WHERE id = {id}", "t", "t", ""])),
                expectation: .hidesRawValues, stoppedBy: [.gateway, .noBaseRights]),
            Attack(
                name: "planning that runs code, without Execute", attacker: .covered,
                means: .wire(
                    .bindOnly(
                        setup: [
                            "CREATE FUNCTION pg_temp.leak() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ DECLARE r record; BEGIN FOR r IN EXECUTE 'SELECT * FROM app.users WHERE id = {id}' LOOP RAISE NOTICE '%', r; END LOOP; RETURN 1; END $$"
                        ],
                        sql: "SELECT pg_temp.leak()")),
                expectation: .hidesRawValues, stoppedBy: [.noBaseRights]),
            Attack(
                name: "a role in the startup options", attacker: .covered,
                means: .wire(
                    .startup(
                        parameters: ["options": "-c role=app_owner -c search_path=app"],
                        query: "SELECT * FROM users WHERE id = {id}")),
                expectation: .hidesRawValues, stoppedBy: [.gateway, .plainRole]),
            Attack(
                name: "a role as startup parameter", attacker: .covered,
                means: .wire(
                    .startup(
                        parameters: ["role": "app_owner", "search_path": "app"],
                        query: "SELECT * FROM users WHERE id = {id}")),
                expectation: .hidesRawValues, stoppedBy: [.gateway, .plainRole]),
            Attack(
                name: "another session authorization as startup parameter", attacker: .covered,
                means: .wire(
                    .startup(
                        parameters: ["session_authorization": "postgres"],
                        query: "SELECT * FROM app.users WHERE id = {id}")),
                expectation: .hidesRawValues, stoppedBy: [.postgres]),
            Attack(
                name: "a replication connection", attacker: .covered,
                means: .wire(
                    .startup(
                        parameters: ["replication": "database"], query: "SELECT * FROM app.users WHERE id = {id}")),
                expectation: .hidesRawValues, stoppedBy: [.gateway, .noBaseRights]),
            Attack(
                name: "a pipeline that reads after an error", attacker: .covered,
                means: .wire(.pipeline(["SELECT 1/0", "SELECT * FROM app.users WHERE id = {id}"])),
                expectation: .hidesRawValues, stoppedBy: [.rowFilter]),
        ]
}
