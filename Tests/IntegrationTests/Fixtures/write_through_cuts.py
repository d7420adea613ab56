"""Writes single rows as the service over several connections, each of which comes back when it breaks.

    write_through_cuts.py FILE CONNECTIONS     FILE gets a row's marker once its answer has come; FILE.stop ends it
"""

import os
import sys
import threading
import time

import psycopg

from clients import SERVICE

STOP = sys.argv[1] + ".stop"
answered = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def write(connection_number):
    number = 0
    while not os.path.exists(STOP):
        try:
            with psycopg.connect(SERVICE, autocommit=True) as connection:
                while not os.path.exists(STOP):
                    marker = f"mark {connection_number}.{number}"
                    number += 1
                    connection.execute(f"INSERT INTO app.messages (author_id, body) VALUES (1, '{marker}')")
                    os.write(answered, f"{marker}\n".encode())
        except psycopg.Error:
            time.sleep(0.02)


threads = [threading.Thread(target=write, args=(number,)) for number in range(int(sys.argv[2]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
