"""Writes single rows as the service until the connection breaks; prints the number of answers it got.

    write_until_cut.py FILE     FILE gets a line for each answer, as it comes
"""

import sys

import psycopg

from clients import SERVICE

seen = 0
with open(sys.argv[1], "w", buffering=1) as log:
    try:
        with psycopg.connect(SERVICE, autocommit=True) as connection:
            while True:
                connection.execute("INSERT INTO app.messages (author_id, body) VALUES (1, %s)", (f"cut {seen}",))
                seen += 1
                log.write(f"{seen}\n")
    except psycopg.OperationalError:
        pass
print(seen)
