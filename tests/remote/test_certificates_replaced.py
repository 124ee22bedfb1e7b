"""A node's certificate is replaced on the disk while clients come and go."""

import shutil
import ssl
import socket
import threading
import time
import unittest

from nodes import RemoteTest


class CertificatesReplaced(RemoteTest):
    def serial(self, context):
        with socket.create_connection(("127.0.0.1", self.one.port), timeout=20) as plain:
            with context.wrap_socket(plain) as connection:
                return connection.getpeercert(binary_form=True)

    def test_ReplacedUnderLoad_NoConnectionIsRefusedAndNewOnesSeeTheNewChain(self):
        self.one = self.node("n1", timeouts={"certificatePollMs": 200}).start()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self.pki / "ca.pem")
        context.load_cert_chain(self.pki / "client-victor.pem", self.pki / "client-victor.key")
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
        shutil.copytree(self.pki, renewed)
        for name in ("node-localhost.pem", "node-localhost.key"):
            (renewed / name).unlink()
        self.run_brokerctl("pki", "init", str(renewed), "--node", "localhost")
        for name, target in (("node-localhost.key", "node.key"), ("node-localhost.pem", "node.pem")):
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
