/// Attacks by somebody who may write where cells are masked: to move a row to where it would be clear, or to have a
/// write tell what a read does not.
enum WritingAttacks {
    private static let scripts: [(name: String, script: String)] = [
        ("a changed home", "UPDATE users SET country = 'GB' WHERE id = {id} RETURNING email, phone, birth_date;"),
        (
            "a changed home, then a read",
            "UPDATE app.users SET country = 'SG' WHERE id = {id}; SELECT * FROM users WHERE id = {id};"
        ),
        ("a home erased", "UPDATE users SET country = NULL WHERE id = {id} RETURNING *;"),
        ("a changed key", "UPDATE users SET id = 1 WHERE id = {id} RETURNING *;"),
        (
            "a message given to somebody else",
            "UPDATE messages SET author_id = {mine}, recipient_id = {mine} WHERE id = {id} RETURNING body;"
        ),
        ("a device given to somebody else", "UPDATE devices SET user_id = {mine} WHERE user_id = {id} RETURNING *;"),
        ("a renamed handle", "UPDATE users SET handle = handle || 'x' WHERE id = {id} RETURNING *;"),
        ("one cell copied to another", "UPDATE users SET handle = email WHERE id = {id} RETURNING handle;"),
        (
            "one cell copied to another's row",
            "UPDATE users u SET handle = c.email FROM users c WHERE c.id = {id} AND u.id = {mine} RETURNING u.*;"
        ),
        (
            "a conflict that updates",
            "INSERT INTO users (id, handle, email, country) VALUES ({id}, 'rt', 'rt@example.org', 'GB') ON CONFLICT (id) DO UPDATE SET country = 'GB' RETURNING *;"
        ),
        (
            "a conflict that tells",
            "INSERT INTO users (id, handle, email, country) VALUES ({id}, 'rt', 'rt@example.org', 'GB');"
        ),
        (
            "a merge",
            "MERGE INTO users u USING (SELECT 1) s ON u.id = {id} WHEN MATCHED THEN UPDATE SET country = 'GB'; SELECT * FROM users WHERE id = {id};"
        ),
        ("a deletion that returns", "DELETE FROM users WHERE id = {id} RETURNING *;"),
        ("a message deleted and returned", "DELETE FROM messages WHERE id = {id} RETURNING body;"),
        ("a truncation", "TRUNCATE messages; SELECT * FROM messages WHERE id = {id};"),
        (
            "a copy into the table",
            "COPY users (id, handle, email, country) FROM STDIN;\n{id}\trt\trt@example.org\tGB\n\\.\nSELECT * FROM users WHERE id = {id};"
        ),
        ("a failing check that lists the row", "UPDATE users SET handle = NULL WHERE id = {id};"),
        (
            "a trigger of one's own",
            "CREATE FUNCTION pg_temp.t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', OLD; RETURN NEW; END $$; CREATE TRIGGER t BEFORE UPDATE ON {schema}.users FOR EACH ROW EXECUTE FUNCTION pg_temp.t(); UPDATE users SET handle = 'x' WHERE id = {id};"
        ),
        (
            "the trigger's function by hand",
            "SELECT proname FROM pg_proc WHERE pronamespace = '{schema}'::regnamespace;"
        ),
        ("everybody renamed at once", "UPDATE users SET handle = handle RETURNING *;"),
    ]

    static let all: [Attack] = [Attack.Attacker.support, .masked].flatMap { attacker in
        scripts.map { Attack.psql($0.name, by: attacker, $0.script, stoppedBy: .fixedHomes) }
    }
}
