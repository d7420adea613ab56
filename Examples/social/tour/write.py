"""A service that writes through the gateway: executemany, then COPY FROM, then the same again.

    write.py DSN once              write once and say how fast it was
    write.py DSN until-cut FILE    write single rows until the connection breaks; FILE gets a line for each answer seen
"""

import sys
import time

import psycopg

INSERT = "INSERT INTO app.messages (author_id, recipient_id, body) VALUES (%s, %s, %s)"


def rows(count, label):
    return [(1 + i % 1000, 1 + (i * 7) % 1000, f"{label} {i}") for i in range(count)]


def once(dsn):
    with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
        batch = rows(5000, "executemany")
        start = time.monotonic()
        cursor.executemany(INSERT, batch)
        seconds = time.monotonic() - start
        print(f"executemany: {len(batch):,} rows, {len(batch) / seconds:,.0f} a second")

        bulk = rows(100_000, "copy")
        start = time.monotonic()
        with cursor.copy("COPY app.messages (author_id, recipient_id, body) FROM STDIN") as copy:
            for row in bulk:
                copy.write_row(row)
        seconds = time.monotonic() - start
        print(f"COPY FROM:   {len(bulk):,} rows, {len(bulk) / seconds:,.0f} a second")


def until_cut(dsn, path):
    seen = 0
    with open(path, "w", buffering=1) as log:
        try:
            with psycopg.connect(dsn, autocommit=True) as connection, connection.cursor() as cursor:
                for row in rows(10_000_000, "single"):
                    cursor.execute(INSERT, row)
                    seen += 1
                    log.write(f"{seen}\n")
        except psycopg.OperationalError as error:
            print(f"after {seen:,} answers: {str(error).splitlines()[0]}")


if sys.argv[2] == "once":
    once(sys.argv[1])
else:
    until_cut(sys.argv[1], sys.argv[3])
