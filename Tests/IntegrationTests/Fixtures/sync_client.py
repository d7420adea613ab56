"""psycopg, synchronous: transactions, prepared statements, cursors, COPY both ways, notifications, cancel."""

import threading
import time

import psycopg

from clients import ALICE, CASEY, RAW, SASHA, SERVICE, same

raw = psycopg.connect(RAW, autocommit=True)
clear = raw.execute("SELECT id, email FROM app.users ORDER BY id").fetchall()

with psycopg.connect(ALICE) as alice:
    same(alice.execute("SELECT id, email FROM users ORDER BY id").fetchall(), clear)
    same(alice.execute("SELECT id, email FROM app.users ORDER BY id").fetchall(), clear)
    # The fifth use is prepared by name, and parsed once.
    for _ in range(8):
        same(alice.execute("SELECT email FROM app.users WHERE id = %s", (3,), prepare=True).fetchone(), (clear[2][1],))
    with alice.cursor(name="walk") as cursor:
        cursor.itersize = 7
        cursor.execute("SELECT id, email FROM app.users ORDER BY id")
        same(list(cursor), clear)
    # An error in a transaction, back to the savepoint, and on.
    with alice.transaction():
        try:
            with alice.transaction():
                alice.execute("SELECT 1 / 0")
        except psycopg.errors.DivisionByZero:
            pass
        same(alice.execute("SELECT 1").fetchone(), (1,))
    with alice.cursor().copy("COPY (SELECT id, email FROM app.users ORDER BY id) TO STDOUT") as copy:
        same([(int(row[0]), row[1]) for row in copy.rows()], clear)

with psycopg.connect(CASEY) as casey:
    same(casey.execute("SELECT count(*) FROM users WHERE country = 'US'").fetchone(), (0,))
    for refused in ("SELECT * FROM app.video_feed", "SET ROLE app_owner", "UPDATE users SET handle = 'x'"):
        try:
            with casey.transaction():
                casey.execute(refused)
        except psycopg.Error as error:
            assert error.sqlstate in ("42501", "42P01", "55000"), (refused, error.sqlstate, str(error))
        else:
            raise AssertionError(f"{refused} was not refused")
    same(casey.execute("SELECT 1").fetchone(), (1,))

with psycopg.connect(SERVICE, autocommit=True) as service:
    before = raw.execute("SELECT count(*) FROM app.messages").fetchone()[0]
    with service.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO app.messages (author_id, recipient_id, body) VALUES (%s, %s, %s)",
            [(1 + i % 50, 1 + i * 7 % 50, f"batch {i}") for i in range(500)],
        )
        with cursor.copy("COPY app.messages (author_id, recipient_id, body) FROM STDIN") as copy:
            for i in range(5000):
                copy.write_row((1 + i % 50, None, f"copied {i}\twith a tab"))
    same(raw.execute("SELECT count(*) FROM app.messages").fetchone()[0], before + 5500)
    service.execute("BEGIN")
    service.execute("DELETE FROM app.messages")
    service.execute("ROLLBACK")
    same(raw.execute("SELECT count(*) FROM app.messages").fetchone()[0], before + 5500)
    same(
        service.execute(
            "INSERT INTO app.messages (author_id, body) VALUES (1, 'x') RETURNING body, author_id"
        ).fetchone(),
        ("x", 1),
    )
    large = "é" * 3_000_000
    same(service.execute("SELECT %s::text", (large,)).fetchone(), (large,))

    service.execute("LISTEN news")
    with psycopg.connect(SERVICE, autocommit=True) as other:
        other.execute("NOTIFY news, 'arrived'")
    notice = next(service.notifies(timeout=20))
    same((notice.channel, notice.payload), ("news", "arrived"))

    # A CancelRequest reaches the statement it is meant for.
    threading.Timer(0.5, service.cancel_safe).start()
    started = time.monotonic()
    try:
        service.execute("SELECT pg_sleep(60)")
    except psycopg.errors.QueryCanceled:
        pass
    else:
        raise AssertionError("the statement was not cancelled")
    assert time.monotonic() - started < 50
    same(service.execute("SELECT 1").fetchone(), (1,))

with psycopg.connect(SASHA) as sasha:
    seen = sasha.execute("SELECT id, email FROM users ORDER BY id").fetchall()
    same([row[0] for row in seen], [row[0] for row in clear])
    same(sasha.execute("SELECT current_setting('application_name') IS NOT NULL").fetchone(), (True,))
print("ok")
