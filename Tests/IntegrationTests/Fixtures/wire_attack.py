"""Speaks the protocol by hand, as one of the people, and prints all that comes back.

    wire_attack.py PERSON function-call OID ARGUMENT…
    wire_attack.py PERSON bind-only SQL SETUP…
    wire_attack.py PERSON startup QUERY NAME=VALUE…
    wire_attack.py PERSON pipeline SQL…
"""

import os
import socket
import ssl
import struct
import sys

person, kind, *rest = sys.argv[1:]
settings = dict(word.split("=", 1) for word in os.environ[f"DSN_{person.upper()}"].split())


def message(tag, body=b""):
    return tag + struct.pack("!i", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def parse_bind(sql, execute):
    parts = message(b"P", text("") + text(sql) + struct.pack("!h", 0)) + message(b"B", b"\0\0" + struct.pack("!hhh", 0, 0, 0))
    return parts + (message(b"E", text("") + struct.pack("!i", 0)) if execute else b"")


plain = socket.create_connection((settings["host"], int(settings["port"])), timeout=20)
plain.sendall(struct.pack("!ii", 8, 80877103))
assert plain.recv(1) == b"S"
context = ssl.create_default_context(cafile=settings["sslrootcert"])
context.load_cert_chain(settings["sslcert"], settings["sslkey"])
connection = context.wrap_socket(plain, server_hostname="localhost")


def read_until_ready():
    """Prints messages up to ReadyForQuery; false at the end of the connection."""
    data = b""
    while True:
        while len(data) >= 5 and len(data) > (length := struct.unpack("!i", data[1:5])[0]):
            tag, body, data = data[:1], data[5 : length + 1], data[length + 1 :]
            print(tag.decode("latin1"), body.decode("utf8", "replace"))
            if tag == b"Z":
                return True
        try:
            chunk = connection.recv(65536)
        except (OSError, ssl.SSLError) as error:
            print("ended:", error)
            return False
        if not chunk:
            print("closed")
            return False
        data += chunk


parameters = {"user": person, "database": settings["dbname"]}
if kind == "startup":
    parameters |= dict(word.split("=", 1) for word in rest[1:])
body = struct.pack("!i", 196608) + b"".join(text(key) + text(value) for key, value in parameters.items()) + b"\0"
connection.sendall(struct.pack("!i", len(body) + 4) + body)
if not read_until_ready():
    sys.exit()
if kind == "function-call":
    oid, *arguments = rest
    body = struct.pack("!ihh", int(oid), 0, len(arguments))
    body += b"".join(struct.pack("!i", len(value.encode())) + value.encode() for value in arguments) + struct.pack("!h", 0)
    connection.sendall(message(b"F", body))
    read_until_ready()
elif kind == "bind-only":
    sql, *setup = rest
    for statement in setup:
        connection.sendall(message(b"Q", text(statement)))
        read_until_ready()
    connection.sendall(parse_bind(sql, False) + message(b"H"))
    connection.sendall(message(b"S"))
    read_until_ready()
elif kind == "startup":
    connection.sendall(message(b"Q", text(rest[0])))
    read_until_ready()
elif kind == "pipeline":
    connection.sendall(b"".join(parse_bind(sql, True) for sql in rest) + message(b"S"))
    connection.sendall(b"".join(parse_bind(sql, True) + message(b"S") for sql in rest))
    for _ in range(1 + len(rest)):
        if not read_until_ready():
            break
