/// Attacks that never see a value but try to learn whether it exists: PostgreSQL runs leakproof operators below a
/// view's filter, and EXPLAIN tells how many rows they let through.
enum OracleAttacks {
    private struct Cell {
        let table: String
        let column: String
        /// Casts a literal to the column's type.
        let type: String
        let theirs: String
        let nobodys: String
    }

    private static let cells = [
        Cell(table: "users", column: "email", type: "text", theirs: Canary.email, nobodys: Canary.nobodysEmail),
        Cell(table: "users", column: "phone", type: "text", theirs: Canary.phone, nobodys: Canary.nobodysPhone),
        Cell(
            table: "users", column: "birth_date", type: "date", theirs: Canary.birthDate,
            nobodys: Canary.nobodysBirthDate),
        Cell(table: "users", column: "handle", type: "text", theirs: Canary.handle, nobodys: Canary.nobodysHandle),
        Cell(table: "messages", column: "body", type: "text", theirs: Canary.body, nobodys: Canary.nobodysBody),
        Cell(
            table: "locations", column: "latitude", type: "float8", theirs: Canary.latitude,
            nobodys: Canary.nobodysLatitude),
    ]

    private static let explain = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF, COSTS OFF, BUFFERS OFF)"

    /// How one and the same question can be put; `V` stands for the literal, `T` and `C` for table and column.
    private static let questions: [(name: String, script: String, stoppedBy: Countermeasure)] = [
        ("equality below the filter", "\(explain) SELECT 1 FROM T WHERE C = V;", .cellMask),
        ("a range below the filter", "\(explain) SELECT 1 FROM T WHERE C BETWEEN V AND V;", .cellMask),
        ("an array of guesses", "\(explain) SELECT 1 FROM T WHERE C = ANY (ARRAY[V]);", .cellMask),
        ("a prepared guess", "PREPARE g AS SELECT 1 FROM T WHERE C = V; \(explain) EXECUTE g;", .cellMask),
        ("a guess kept in a table", "\(explain) CREATE TEMP TABLE guess AS SELECT 1 FROM T WHERE C = V;", .cellMask),
        (
            "a guess inside DO",
            "DO $$ DECLARE r text; BEGIN FOR r IN \(explain) SELECT 1 FROM T WHERE C = V LOOP RAISE NOTICE '%', r; END LOOP; END $$;",
            .cellMask
        ),
        ("a count", "SELECT count(*) FROM T WHERE C = V;", .rowFilter),
        ("an existence test", "SELECT EXISTS (SELECT FROM T WHERE C = V);", .rowFilter),
        ("a division that fails on a match", "SELECT 1 / (SELECT count(*) - 1 FROM T WHERE C = V);", .rowFilter),
        (
            "a self-join on the guess", "\(explain) SELECT 1 FROM T a JOIN T b USING (id) WHERE a.C = V AND b.C = V;",
            .cellMask
        ),
    ]

    static let all: [Attack] = cells.flatMap { cell in
        questions.map { question in
            func script(_ value: String) -> String {
                question.script.replacing("C", with: cell.column, asWord: true)
                    .replacing("T", with: cell.table, asWord: true)
                    .replacing("V", with: "'\(value)'::\(cell.type)", asWord: true)
            }
            return Attack.oracle(
                "\(question.name) on \(cell.table).\(cell.column)", by: .covered, script(cell.theirs),
                likewise: script(cell.nobodys), stoppedBy: question.stoppedBy)
        }
    }
}

extension String {
    /// Replaces `word` where it stands between characters that belong to no name.
    fileprivate func replacing(_ word: Character, with replacement: String, asWord: Bool) -> String {
        var result = ""
        let characters = Array(self)
        for (index, character) in characters.enumerated() {
            let before = index > 0 ? characters[index - 1] : " "
            let after = index + 1 < characters.count ? characters[index + 1] : " "
            let stands = !(before.isLetter || before == "_") && !(after.isLetter || after == "_")
            result += character == word && stands ? replacement : String(character)
        }
        return result
    }
}
