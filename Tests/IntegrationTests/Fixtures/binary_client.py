"""Binary parameters and results, of every type that the sample has; binary COPY."""

import psycopg

from clients import ALICE, RAW, SASHA, SERVICE, same

TABLES = ("users", "profiles", "videos", "messages", "devices", "locations", "payments")

raw = psycopg.connect(RAW, autocommit=True)
with psycopg.connect(ALICE) as alice:
    for table in TABLES:
        query = f"SELECT * FROM app.{table} ORDER BY 1"
        same(alice.execute(query, binary=True).fetchall(), raw.execute(query).fetchall())
    with alice.cursor(binary=True) as cursor:
        cursor.execute("SELECT email FROM app.users WHERE id = %b AND birth_date < %b", (3, __import__("datetime").date(2030, 1, 1)))
        same(cursor.fetchone(), raw.execute("SELECT email FROM app.users WHERE id = 3").fetchone())

with psycopg.connect(SASHA) as sasha:
    for table in TABLES:
        query = f"SELECT * FROM app.{table} ORDER BY 1"
        same(sasha.execute(query, binary=True).fetchall(), sasha.execute(query).fetchall())

with psycopg.connect(SERVICE) as service, service.cursor() as cursor:
    with cursor.copy("COPY app.messages (author_id, body) FROM STDIN (FORMAT binary)") as copy:
        copy.set_types(["int8", "text"])
        for i in range(2000):
            copy.write_row((1 + i % 20, f"binary {i}"))
    with cursor.copy("COPY app.messages (author_id, body) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["int8", "text"])
        rows = [row for row in copy.rows() if row[1].startswith("binary ")]
    same(len(rows), 2000)
print("ok")
