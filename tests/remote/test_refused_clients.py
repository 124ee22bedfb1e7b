"""Who may not: each is refused before a request is read or with PERMISSION_DENIED, as fits, and it is written down."""

import json
import shutil
import subprocess
import unittest

from nodes import FAILED, NOT_ALLOWED, RemoteTest, grants, openssl


class RefusedClients(RemoteTest):
    def setUp(self):
        super().setUp()
        self.one = self.node("n1")
        self.one.install("recorder")
        self.one.start()

    def audit(self):
        return self.remote_json(self.one, "alice", "audit").get("records", [])

    def assert_connect_audited(self, before):
        """One that was refused before it was known who it is; gives why."""
        records = self.audit()
        connects = [record for record in records[:len(records) - before] if record["method"] == "connect"]
        self.assertTrue(connects, "nothing was written down")
        self.assertEqual(connects[0]["code"], 16)
        self.assertIn("127.0.0.1:", connects[0]["from"])
        return connects[0]["message"]

    def s_client(self, *options):
        """What a plain TLS client says that sends what is not HTTP/2, and waits for the end of its connection."""
        command = ["openssl", "s_client", "-connect", self.one.address, "-CAfile", str(self.pki / "ca.crt"), "-alpn", "h2",
                   "-ign_eof", *map(str, options)]
        said = subprocess.run(command, input=b"GET / HTTP/1.1\r\n\r\n" * 8, capture_output=True, timeout=30)
        return (said.stdout + said.stderr).decode(errors="replace")

    def test_CertificateOfAnotherAuthority_RefusedInTheHandshakeAndAudited(self):
        other = self.folder / "other"
        self.make_pki(other)
        before = len(self.audit())
        result = self.run_brokerctl("--node", self.one.address, "--ca", str(self.pki / "ca.crt"), "--cert",
                                    str(other / "alice.crt"), "--key", str(other / "alice.key"), "status",
                                    exit_code=NOT_ALLOWED)
        self.assertIn("certificate", result.stderr)
        self.assertIn("certificate", self.assert_connect_audited(before))

    def test_ExpiredCertificate_RefusedInTheHandshakeAndAudited(self):
        expired = self.folder / "expired"
        expired.mkdir()
        shutil.copy2(self.pki / "alice.key", expired)
        request = expired / "request.pem"
        extensions = expired / "extensions"
        extensions.write_text("subjectAltName=URI:spiffe://resource-broker/admin/alice\nextendedKeyUsage=clientAuth\n")
        openssl("req", "-new", "-key", self.pki / "alice.key", "-subj", "/CN=alice", "-out", request)
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
        openssl("ca", "-batch", "-notext", "-config", configuration, "-in", request, "-cert", self.pki / "ca.crt",
                "-keyfile", self.pki / "ca.key", "-startdate", "20200101000000Z", "-enddate", "20200102000000Z",
                "-extfile", extensions, "-out", expired / "alice.crt")
        before = len(self.audit())
        said = self.s_client("-cert", expired / "alice.crt", "-key", expired / "alice.key")
        self.assertIn("certificate expired", said)
        self.assertIn("expired", self.assert_connect_audited(before))
        # Our own tool sees it before it asks.
        said = self.run_brokerctl("--node", self.one.address, "--ca", str(self.pki / "ca.crt"), "--cert",
                                  str(expired / "alice.crt"), "--key", str(expired / "alice.key"), "status",
                                  exit_code=FAILED).stderr
        self.assertIn("has expired", said)

    def test_NoCertificate_RefusedInTheHandshakeAndAudited(self):
        before = len(self.audit())
        self.assertIn("certificate required", self.s_client("-tls1_3"))
        self.assert_connect_audited(before)

    def test_Tls12_RefusedUnlessAllowed(self):
        client = ["-cert", self.pki / "alice.crt", "-key", self.pki / "alice.key", "-tls1_2"]
        self.assertIn("protocol version", self.s_client(*client))
        self.one = self.node("n2", remote={"allowTls12": True}).start()
        self.assertIn("Verify return code: 0 (ok)", self.s_client(*client))

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
