"""Clients that are not ours: a gRPC client that learns the contracts from the server, and those that speak no TLS."""

import base64
import json
import pathlib
import socket
import ssl
import subprocess
import unittest

from nodes import RemoteTest

SYSTEM_PYTHON = "/usr/bin/python3"
SETTINGS_TYPE = 4  # of an HTTP/2 frame: what every server sends first


class ForeignClient(RemoteTest):
    def setUp(self):
        super().setUp()
        self.one = self.node("n1")
        self.one.install("recorder")
        self.one.start()
        self.bridge_address = json.loads(self.one.config.read_text())["bridgeAddress"]

    def client_command(self, client, *arguments):
        return [SYSTEM_PYTHON, str(pathlib.Path(__file__).with_name("foreign_client.py")), self.one.address,
                str(self.pki / "ca.crt"), str(self.pki / f"{client}.crt"), str(self.pki / f"{client}.key"),
                *arguments]

    def client(self, client, *arguments, exit_code=0):
        result = subprocess.run(self.client_command(client, *arguments), capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, exit_code, result.stdout + result.stderr)
        return result.stdout

    def test_ReflectionClient_FindsTheServicesListsAndWatches(self):
        services = self.client("victor", "services").split()
        for name in ("Activation", "Admin", "Audit", "Configuration", "Diagnostics", "Modules", "Packages", "Queue"):
            self.assertIn(f"resource_broker.v1.{name}", services)
        self.assertIn("grpc.health.v1.Health", services)
        self.assertIn("grpc.channelz.v1.Channelz", services)
        # What is for this node alone.
        for name in ("Bridge", "Faults", "Takeover"):
            self.assertNotIn(f"resource_broker.v1.{name}", services)
        process, _, finish = self.start_host(
            ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=60s", "close r1"],
            self.recorder("r1", OnlineScript="progress:10:begun;wait:1500;done"))
        self.until(lambda: json.loads(self.client("victor", "list")).get("operations"), "the operation")
        operation = json.loads(self.client("victor", "list"))["operations"][0]
        operation_id = base64.b64decode(operation["operation"]["id"]).hex()
        kinds = [json.loads(line)["event"]["kind"] for line in
                 self.client("victor", "watch", operation_id).splitlines()]
        finish()
        self.assertEqual((kinds[0], kinds[-1]), ("ACCEPTED", "SUCCEEDED"))

    def bytes_from_server(self, wrap):
        """What the server sends to a client that speaks HTTP/2 at once."""
        with socket.create_connection(("127.0.0.1", self.one.port), timeout=20) as plain:
            with wrap(plain) as connection:
                try:
                    connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, SETTINGS_TYPE, 0, 0, 0, 0, 0]))
                    received = b""
                    while chunk := connection.recv(4096):
                        received += chunk
                    return received
                except (ssl.SSLError, ConnectionError):
                    return received if "received" in dir() else b""

    def test_NoCertificateOrNoTls_NotOneHttp2FrameIsAnswered(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.pki / "ca.crt")
        context.set_alpn_protocols(["h2"])
        for wrap in (lambda plain: context.wrap_socket(plain), lambda plain: plain):
            self.assertNotIn(bytes([SETTINGS_TYPE]) + b"\0\0\0\0\0", self.bytes_from_server(wrap))
        # The same client with a certificate is answered with SETTINGS.
        context.load_cert_chain(self.pki / "victor.crt", self.pki / "victor.key")
        with socket.create_connection(("127.0.0.1", self.one.port), timeout=20) as plain:
            with context.wrap_socket(plain) as connection:
                connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, SETTINGS_TYPE, 0, 0, 0, 0, 0]))
                self.assertEqual(connection.recv(4096)[3], SETTINGS_TYPE)


if __name__ == "__main__":
    unittest.main()
