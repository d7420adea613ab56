"""Speaks the protocol by hand, as one of the people, and prints all that comes back.

    wire_attack.py PERSON function-call OID ARGUMENT…
    wire_attack.py PERSON bind-only SQL SETUP…
    wire_attack.py PERSON startup QUERY NAME=VALUE…
    wire_attack.py PERSON pipeline SQL…

PERSON may be PORT/ROLE: a connection to the server itself, past the gateway, with the role's name as its password.
"""

import base64
import hashlib
import hmac
import os
import socket
import ssl
import struct
import sys

person, kind, *rest = sys.argv[1:]
past_gateway, _, role = person.rpartition("/")
settings = dict(word.split("=", 1) for word in os.environ[f"DSN_{'ALICE' if past_gateway else person.upper()}"].split())


def message(tag, body=b""):
    return tag + struct.pack("!i", len(body) + 4) + body


def text(value):
    return value.encode() + b"\0"


def parse_bind(sql, execute):
    parts = message(b"P", text("") + text(sql) + struct.pack("!h", 0)) + message(b"B", b"\0\0" + struct.pack("!hhh", 0, 0, 0))
    return parts + (message(b"E", text("") + struct.pack("!i", 0)) if execute else b"")


def through_gateway():
    plain = socket.create_connection((settings["host"], int(settings["port"])), timeout=20)
    plain.sendall(struct.pack("!ii", 8, 80877103))
    assert plain.recv(1) == b"S"
    context = ssl.create_default_context(cafile=settings["sslrootcert"])
    context.load_cert_chain(settings["sslcert"], settings["sslkey"])
    return context.wrap_socket(plain, server_hostname="localhost")


connection = socket.create_connection(("127.0.0.1", int(past_gateway)), timeout=20) if past_gateway else through_gateway()
messages = connection.makefile("rb")


def log_in_by_scram(password):
    """RFC 5802, for a server that asks for nothing else."""

    def challenge():
        tag, length = messages.read(1), struct.unpack("!i", messages.read(4))[0]
        body = messages.read(length - 4)
        if tag != b"R":
            sys.exit(f"{tag} {body}")
        return body[4:].decode()

    challenge()
    first = "n=,r=abcdefghijklmnop"
    initial = text("SCRAM-SHA-256") + struct.pack("!i", len(first) + 3) + b"n,," + first.encode()
    connection.sendall(message(b"p", initial))
    server_first = challenge()
    fields = dict(field.split("=", 1) for field in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    final = f"c=biws,r={fields['r']}"
    signature = hmac.digest(hashlib.sha256(client_key).digest(), f"{first},{server_first},{final}".encode(), "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature))).decode()
    connection.sendall(message(b"p", f"{final},p={proof}".encode()))


def read_until_ready():
    """Prints messages up to ReadyForQuery; false at the end of the connection."""
    try:
        while header := messages.read(5):
            tag, body = header[:1], messages.read(struct.unpack("!i", header[1:])[0] - 4)
            print(tag.decode("latin1"), body.decode("utf8", "replace"))
            if tag == b"Z":
                return True
    except (OSError, ssl.SSLError) as error:
        print("ended:", error)
        return False
    print("closed")
    return False


parameters = {"user": role, "database": settings["dbname"]}
if kind == "startup":
    parameters |= dict(word.split("=", 1) for word in rest[1:])
body = struct.pack("!i", 196608) + b"".join(text(key) + text(value) for key, value in parameters.items()) + b"\0"
connection.sendall(struct.pack("!i", len(body) + 4) + body)
if past_gateway:
    log_in_by_scram(role)
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
