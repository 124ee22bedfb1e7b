"""Brokers that are managed from elsewhere: each a node with a certificate of one small authority, and administrators."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import uuid

from deployment import LAUNCHER, STAGE, WINDOWS, Broker, EndToEndTest, os_path, program, run

DONE, FAILED, USAGE, NO_BROKER, NOT_FOUND, SOME_FAILED, NOT_ALLOWED = range(7)
SERVES = re.compile(r"serving administrators on (?:127\.0\.0\.1|\[::1\]):(\d+)")

# The tree of Linux binaries, where the one under test is Windows': an administrator's machine, and other nodes.
NATIVE_STAGE = pathlib.Path(os.environ["RESOURCE_BROKER_NATIVE_STAGE"]) if WINDOWS else STAGE


def native_program(name):
    return [str(NATIVE_STAGE / name)]


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def grants(*roles):
    return [{"role": role, "uri": f"spiffe://resource-broker/{role}/*"} for role in roles]


class Node(Broker):
    """One broker with its remote address."""

    def __init__(self, folder, native, pki, remote=None, **sections):
        folder.mkdir()
        self.native = native
        unique = uuid.uuid4().hex[:12]
        if native:
            (folder / "run").mkdir(mode=0o700)
            addresses = [f"unix:{folder}/run/bridge.sock", f"unix:{folder}/run/admin.sock"]
        else:
            addresses = [f"npipe:////./pipe/rb-test-{unique}", f"npipe:////./pipe/rb-test-admin-{unique}"]
        self.pki = pki
        self.certificates = folder / "certificates"
        self.certificates.mkdir()
        for name, target in (("localhost.crt", "node.crt"), ("localhost.key", "node.key"), ("ca.crt", "ca.crt")):
            shutil.copy2(pki / name, self.certificates / target)
        files = {"certificateFile": "node.crt", "keyFile": "node.key", "trustFile": "ca.crt"}
        self.remote = {"address": "127.0.0.1:0", "grants": grants("viewer", "operator", "admin"),
                       **{key: self.path(self.certificates / file) for key, file in files.items()}, **(remote or {})}
        super().__init__(folder, *addresses, remote=self.remote, **sections)
        if native and WINDOWS:
            self.program = native_program("resource_broker")

    def path(self, path):
        return str(path) if self.native else os_path(path)

    def start(self, *options):
        super().start(*options)
        self.port = int(SERVES.findall(self.log.read_text(errors="replace"))[-1])
        return self

    @property
    def address(self):
        return f"localhost:{self.port}"


class RemoteTest(EndToEndTest):
    """An authority, and brokerctl as an administrator's machine has it: always the native one."""

    CLIENTS = ("alice:admin", "olga:operator", "victor:viewer")

    def setUp(self):
        super().setUp()
        self.pki = self.folder / "pki"
        self.nodes = []
        self.addCleanup(lambda: [node.stop() for node in self.nodes])
        self.contexts = self.folder / "contexts.json"
        self.make_pki(self.pki)

    def make_pki(self, folder):
        self.run_brokerctl("pki", "init", str(folder), "--node", "localhost",
                           *[word for client in self.CLIENTS for word in ("--client", client)])

    def node(self, name, native=not WINDOWS, **sections):
        node = Node(self.folder / name, native, self.pki, **sections)
        self.nodes.append(node)
        return node

    def run_brokerctl(self, *arguments, exit_code=DONE, timeout=120, **options):
        result = run(native_program("brokerctl") + ["--contexts", str(self.contexts), *arguments], timeout=timeout,
                     **options)
        if exit_code is not None:
            self.assertEqual(result.returncode, exit_code, result.stdout + result.stderr)
        return result

    def credentials(self, client, pki=None):
        pki = pki or self.pki
        return ["--ca", str(pki / "ca.crt"), "--cert", str(pki / f"{client}.crt"), "--key", str(pki / f"{client}.key")]

    def remote(self, nodes, client, *arguments, exit_code=DONE, **options):
        """brokerctl towards these nodes as `client`."""
        where = [word for node in nodes for word in ("--node", node.address)]
        return self.run_brokerctl(*where, *self.credentials(client), *arguments, exit_code=exit_code, **options)

    def remote_json(self, node, client, *arguments):
        return json.loads(self.remote([node], client, "-o", "json", *arguments).stdout)
