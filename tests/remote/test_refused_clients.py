"""Who may not: each is refused before a request is read or with PERMISSION_DENIED, as fits, and it is written down."""

import json
import shutil
import subprocess
import unittest

from nodes import NO_BROKER, NOT_ALLOWED, RemoteTest, grants, openssl


class RefusedClients(RemoteTest):
    def setUp(self):
        super().setUp()
        self.one = self.node("n1")
        self.one.install("recorder")
        self.one.start()

    def audit(self):
        return self.remote_json(self.one, "alice", "audit").get("records", [])

    def refused(self, folder, client, word):
        """What a client with these credentials is told; it is no answer of a broker to a request."""
        before = len(self.audit())
        result = self.run_brokerctl("--node", self.one.address, "--ca", str(self.pki / "ca.pem"), "--cert",
                                    str(folder / f"client-{client}.pem"), "--key", str(folder / f"client-{client}.key"),
                                    "status", exit_code=None)
        self.assertIn(result.returncode, (NO_BROKER, NOT_ALLOWED), result.stderr)
        self.assertIn(word, result.stderr)
        added = self.audit()[:len(self.audit()) - before]
        connects = [record for record in added if record["method"] == "connect"]
        self.assertTrue(connects, f"nothing was written down of {client}")
        self.assertEqual(connects[0]["code"], 16)
        self.assertIn("127.0.0.1:", connects[0]["from"])
        return connects[0]["message"]

    def test_CertificateOfAnotherAuthority_RefusedInTheHandshakeAndAudited(self):
        other = self.folder / "other"
        self.make_pki(other)
        self.refused(other, "alice", "certificate")

    def test_ExpiredCertificate_RefusedInTheHandshakeAndAudited(self):
        expired = self.folder / "expired"
        expired.mkdir()
        shutil.copy2(self.pki / "client-alice.key", expired)
        request = expired / "request.pem"
        extensions = expired / "extensions"
        extensions.write_text("subjectAltName=URI:spiffe://resource-broker/admin/alice\nextendedKeyUsage=clientAuth\n")
        openssl("req", "-new", "-key", self.pki / "client-alice.key", "-subj", "/CN=alice", "-out", request)
        database, configuration = expired / "index.txt", expired / "ca.cnf"
        database.write_text("")
        (expired / "serial").write_text("77\n")
        configuration.write_text(f"""[ca]
default_ca=d
[d]
database={database}
serial={expired}/serial
new_certs_dir={expired}
default_md=sha256
policy=p
[p]
commonName=supplied
""")
        openssl("ca", "-batch", "-notext", "-config", configuration, "-in", request, "-cert", self.pki / "ca.pem",
                "-keyfile", self.pki / "ca.key", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
                "-extfile", extensions, "-out", expired / "client-alice.pem")
        self.assertIn("expired", self.refused(expired, "alice", "expired"))

    def test_NoCertificate_RefusedInTheHandshakeAndAudited(self):
        before = len(self.audit())
        said = subprocess.run(["openssl", "s_client", "-connect", self.one.address, "-CAfile", str(self.pki / "ca.pem"),
                               "-alpn", "h2", "-tls1_3", "-ign_eof"], input=b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                              capture_output=True, timeout=30)
        self.assertIn(b"certificate required", said.stdout + said.stderr)
        self.assertEqual(self.audit()[0]["method"], "connect")
        self.assertGreater(len(self.audit()), before)

    def test_Tls12_RefusedUnlessAllowed(self):
        command = ["openssl", "s_client", "-connect", self.one.address, "-CAfile", str(self.pki / "ca.pem"), "-cert",
                   str(self.pki / "client-alice.pem"), "-key", str(self.pki / "client-alice.key"), "-alpn", "h2", "-tls1_2"]
        said = subprocess.run(command, input=b"", capture_output=True, timeout=30)
        self.assertIn(b"protocol version", said.stdout + said.stderr)
        lenient = self.node("n2", remote={"allowTls12": True}).start()
        command[command.index(self.one.address)] = lenient.address
        said = subprocess.run(command, input=b"", capture_output=True, timeout=30)
        self.assertIn(b"Verify return code: 0 (ok)", said.stdout)

    def test_ViewerAsksForAChange_ToldWhichRoleIsMissingAndAudited(self):
        said = self.remote([self.one], "victor", "queue", "pause", "--reason", "x", exit_code=NOT_ALLOWED).stderr
        self.assertIn("operator", said)
        self.assertIn("spiffe://resource-broker/viewer/victor", said)
        record = self.audit()[0]
        self.assertEqual((record["identity"], record["method"], record["code"], record["role"]),
                         ("spiffe://resource-broker/viewer/victor", "Queue.PauseQueue", 7, "viewer"))
        self.assertFalse(self.remote_json(self.one, "victor", "queue", "status").get("paused", False))
        self.assertIn("admin", self.remote([self.one], "olga", "audit", exit_code=NOT_ALLOWED).stderr)

    def test_RoleRevokedByReload_TheNextCallIsRefused(self):
        self.remote([self.one], "olga", "queue", "pause", "--reason", "x")
        config = json.loads(self.one.config.read_text())
        config["remote"]["grants"] = grants("viewer", "admin")
        self.one.config.write_text(json.dumps(config))
        self.assertIn("grants", self.remote([self.one], "alice", "config", "reload").stdout)
        self.assertIn("viewer", self.remote([self.one], "olga", "status", exit_code=NOT_ALLOWED).stderr)
        self.assertTrue(self.remote_json(self.one, "victor", "queue", "status")["paused"])

    def test_ChangesAreAudited_WithWhoFromWhereWhatBeforeAndAfter(self):
        self.remote([self.one], "olga", "queue", "pause", "--reason", "night shift")
        self.one.control("queue", "resume")
        resumed, paused = self.audit()[:2]
        self.assertEqual((paused["identity"], paused["method"], paused.get("code", 0)),
                         ("spiffe://resource-broker/operator/olga", "Queue.PauseQueue", 0))
        self.assertIn("night shift", paused["after"])
        self.assertIn("127.0.0.1:", paused["from"])
        self.assertEqual(resumed["method"], "Queue.ResumeQueue")
        self.assertTrue(resumed["identity"].startswith("local"), resumed)
        self.assertIn("night shift", resumed["before"])


if __name__ == "__main__":
    unittest.main()
