"""psycopg's pipeline mode: many statements in flight, errors in the middle, and answers in order."""

import psycopg

from clients import ALICE, SERVICE, same

with psycopg.connect(ALICE, autocommit=True) as alice:
    with alice.pipeline() as pipeline:
        cursors = [alice.execute("SELECT %s::int, email FROM app.users WHERE id = 3", (i,)) for i in range(1500)]
        pipeline.sync()
        same([cursor.fetchone()[0] for cursor in cursors], list(range(1500)))

    # After an error the server skips to the next Sync; what follows it works.
    with alice.pipeline() as pipeline:
        good = alice.execute("SELECT 1")
        try:
            bad = alice.execute("SELECT 1 / (id - id) FROM app.users")
            skipped = alice.execute("SELECT 2")
            pipeline.sync()
        except psycopg.errors.DivisionByZero:
            pass
        else:
            raise AssertionError("no error")
    same(alice.execute("SELECT 3").fetchone(), (3,))

with psycopg.connect(SERVICE) as service:
    with service.pipeline():
        for i in range(300):
            service.execute("INSERT INTO app.messages (author_id, body) VALUES (%s, %s)", (1 + i % 20, f"pipelined {i}"))
        count = service.execute("SELECT count(*) FROM app.messages WHERE body LIKE 'pipelined %'")
        same(count.fetchone(), (300,))
    service.rollback()
    same(service.execute("SELECT count(*) FROM app.messages WHERE body LIKE 'pipelined %'").fetchone(), (0,))
print("ok")
