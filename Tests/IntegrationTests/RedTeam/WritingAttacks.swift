/// Attacks by somebody who may write where cells are masked: to move a row to where it would be clear, or to have a
/// write tell what a read does not.
enum WritingAttacks {
    /// Someone whose data the engineer in Singapore sees.
    private static let neighbour = "(SELECT min(id) FROM users WHERE country = 'SG')"

    /// A row is moved to where its cells are clear.
    private static let moves: [(name: String, script: String)] = [
        ("a changed home", "UPDATE users SET country = 'SG' WHERE id = {id} RETURNING email, phone, birth_date;"),
        (
            "a changed home, then a read",
            "UPDATE app.users SET country = 'SG' WHERE id = {id}; SELECT * FROM users WHERE id = {id};"
        ),
        (
            "a changed home in one statement with the read",
            "WITH moved AS (UPDATE users SET country = 'SG' WHERE id = {id} RETURNING *) SELECT row_to_json(moved) FROM moved;"
        ),
        (
            "a message given to a neighbour",
            "UPDATE messages SET author_id = \(neighbour), recipient_id = \(neighbour) WHERE id = {id} RETURNING body;"
        ),
        (
            "a message given to a neighbour, then a read",
            "UPDATE messages SET author_id = \(neighbour), recipient_id = \(neighbour) WHERE id = {id}; SELECT body FROM messages WHERE id = {id};"
        ),
        (
            "a device given to a neighbour",
            "UPDATE devices SET user_id = \(neighbour) WHERE user_id = {id} RETURNING *;"
        ),
        (
            "a location given to a neighbour",
            "UPDATE locations SET user_id = \(neighbour) WHERE user_id = {id} RETURNING *;"
        ),
        (
            "a merge",
            "MERGE INTO users u USING (SELECT 1) s ON u.id = {id} WHEN MATCHED THEN UPDATE SET country = 'SG'; SELECT * FROM users WHERE id = {id};"
        ),
    ]

    /// A write is asked to return what it wrote over, or to write one cell into another.
    private static let echoes: [(name: String, script: String)] = [
        ("a home erased", "UPDATE users SET country = NULL WHERE id = {id} RETURNING *;"),
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
        ("a deletion that returns", "DELETE FROM users WHERE id = {id} RETURNING *;"),
        ("a message deleted and returned", "DELETE FROM messages WHERE id = {id} RETURNING body;"),
        ("everybody renamed at once", "UPDATE users SET handle = handle RETURNING *;"),
    ]

    static let all: [Attack] =
        moves.map { Attack.psql($0.name, by: .masked, $0.script, stoppedBy: .fixedHomes) }
        + [Attack.Attacker.support, .masked].flatMap { attacker in
            echoes.map { Attack.psql($0.name, by: attacker, $0.script, stoppedBy: .fixedHomes, .cellMask) } + [
                Attack.psql(
                    "a failing check that lists the row", by: attacker,
                    "UPDATE users SET handle = NULL WHERE id = {id};", stoppedBy: .fixedHomes, .noBaseRights)
            ]
        }
}
