"""Clients that do not keep to the protocol. Prints what the gateway did.

    bad_client.py garbage | stall | stall-in-tls | huge-startup | huge-message | early-bytes
"""

import os
import socket
import ssl
import struct
import sys
import time

from clients import SERVICE

PORT = int(os.environ["GATEWAY_PORT"])
SSL_REQUEST = struct.pack("!ii", 8, 80877103)
AUTHORITY = dict(word.split("=", 1) for word in SERVICE.split())["sslrootcert"]


def connect():
    connection = socket.create_connection(("127.0.0.1", PORT), timeout=60)
    return connection


def read_to_end(connection):
    received = b""
    try:
        while chunk := connection.recv(65536):
            received += chunk
    except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
        pass
    return received


def encrypt(connection):
    connection.sendall(SSL_REQUEST)
    answer = connection.recv(1)
    assert answer == b"S", answer
    return ssl.create_default_context(cafile=AUTHORITY).wrap_socket(connection, server_hostname="localhost")


def send(connection, data):
    try:
        connection.sendall(data)
    except (ConnectionResetError, BrokenPipeError, ssl.SSLError):
        pass


kind = sys.argv[1]
started = time.monotonic()
connection = connect()
if kind == "garbage":
    send(connection, bytes((i * 7 + 13) % 256 for i in range(10_000)))
elif kind == "stall":
    send(connection, SSL_REQUEST[:3])
elif kind == "stall-in-tls":
    connection = encrypt(connection)
    send(connection, struct.pack("!i", 60))
elif kind == "huge-startup":
    send(connection, struct.pack("!ii", 1 << 30, 196608) + b"user\0")
elif kind == "huge-message":
    connection = encrypt(connection)
    body = struct.pack("!i", 196608) + b"user\0feed-api\0database\0" + SERVICE.split("dbname=")[1].split()[0].encode() + b"\0\0"
    send(connection, struct.pack("!i", len(body) + 4) + body)
    connection.recv(65536)
    send(connection, b"p" + struct.pack("!i", 1 << 30) + b"SCRAM-SHA-256\0")
elif kind == "early-bytes":
    # Bytes in the same packet as SSLRequest would be taken from the plaintext (CVE-2021-23214).
    send(connection, SSL_REQUEST + b"Q\0\0\0\x0dSELECT 1\0")
received = read_to_end(connection)
print(f"closed after {len(received)} bytes: {received[:300]!r}")
assert time.monotonic() - started < 50, "the gateway kept the connection"
