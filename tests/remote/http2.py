"""A client of HTTP/2 that only looks on: over TLS, without gRPC and without a call."""

import socket
import ssl
import struct
import time

SETTINGS, PING, GOAWAY = 4, 6, 7
ACK = 1


def context(pki, client):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.load_verify_locations(pki / "ca.crt")
    made.load_cert_chain(pki / f"{client}.crt", pki / f"{client}.key")
    made.set_alpn_protocols(["h2"])
    return made


def frame(kind, flags=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags, 0, 0, 0, 0]) + payload


def frames(connection):
    """(type, flags, payload) of each frame until the server closes."""
    def exactly(count):
        data = b""
        while len(data) < count:
            more = connection.recv(count - len(data))
            if not more:
                return None
            data += more
        return data

    while (head := exactly(9)) is not None:
        payload = exactly(int.from_bytes(head[:3], "big"))
        if payload is None:
            return
        yield head[3], head[4], payload


def stay(port, tls, timeout):
    """Connects, and says nothing that is not asked for: how long the connection lasted, and whether the server said
    that it would go (GOAWAY) before it went."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as plain, tls.wrap_socket(plain) as connection:
        began, told = time.monotonic(), False
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS))
        try:
            for kind, flags, payload in frames(connection):
                told = told or kind == GOAWAY
                if kind in (SETTINGS, PING) and not flags & ACK:
                    connection.sendall(frame(kind, ACK, payload if kind == PING else b""))
        except (ConnectionError, ssl.SSLError):
            pass
        return time.monotonic() - began, told
