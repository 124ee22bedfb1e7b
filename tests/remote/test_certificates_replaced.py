"""A node's certificate is replaced on the disk while clients come and go."""

import shutil
import ssl
import socket
import threading
import time
import unittest

from nodes import RemoteTest, openssl


class CertificatesReplaced(RemoteTest):
    def serial(self, context):
        with socket.create_connection(("127.0.0.1", self.one.port), timeout=20) as plain:
            with context.wrap_socket(plain) as connection:
                return connection.getpeercert(binary_form=True)

    def test_ReplacedUnderLoad_NoConnectionIsRefusedAndNewOnesSeeTheNewChain(self):
        self.one = self.node("n1", timeouts={"certificatePollMs": 200}).start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.pki / "ca.crt")
        context.load_cert_chain(self.pki / "victor.crt", self.pki / "victor.key")
        context.set_alpn_protocols(["h2"])
        seen, failures, stop = [], [], threading.Event()

        def load():
            while not stop.is_set():
                try:
                    seen.append(self.serial(context))
                except OSError as error:
                    failures.append(error)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        self.until(lambda: len(seen) > 20, "the load")
        old = seen[0]
        # Another certificate of the same authority; the key first, as somebody careless would do.
        renewed = self.folder / "renewed"
        renewed.mkdir()
        openssl("genpkey", "-algorithm", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", renewed / "localhost.key")
        (renewed / "localhost.key").chmod(0o600)
        openssl("req", "-new", "-key", renewed / "localhost.key", "-subj", "/CN=localhost", "-out", renewed / "request")
        (renewed / "extensions").write_text("subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n")
        openssl("x509", "-req", "-in", renewed / "request", "-CA", self.pki / "ca.crt", "-CAkey", self.pki / "ca.key",
                "-CAcreateserial", "-days", "30", "-extfile", renewed / "extensions", "-out", renewed / "localhost.crt")
        for name, target in (("localhost.key", "node.key"), ("localhost.crt", "node.crt")):
            shutil.copy2(renewed / name, self.one.certificates / target)
            time.sleep(0.3)
        self.until(lambda: seen[-1] != old, "the new certificate")
        count = len(seen)
        self.until(lambda: len(seen) > count + 20, "more load")
        stop.set()
        for thread in threads:
            thread.join()
        print(f"{len(seen)} handshakes, {len(failures)} failed")
        self.assertEqual(failures, [])
        self.assertEqual(len(set(seen)), 2)
        self.assertNotIn(old, seen[count:])


if __name__ == "__main__":
    unittest.main()
