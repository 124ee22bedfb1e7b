"""Three nodes, managed from elsewhere over mutual TLS: every command of brokerctl, its table and its JSON."""

import base64
import json
import random
import re
import shutil
import sqlite3
import subprocess
import unittest

import golden
from nodes import DONE, NATIVE_STAGE, SOME_FAILED, WINDOWS, RemoteTest, native_program

# Commands that are no node's business, or local only: their tests are beside their code, and in tests/faults.
OF_THIS_MACHINE = {"completion", "explain", "version", "pki init", "modules pack", "context add", "context list",
                   "context show", "context use", "context remove", "cluster register", "cluster unregister",
                   "cluster status", "fault set", "fault clear", "fault list", "fault arm",
                   "fault disarm"}


def leaves(words=()):
    """Every command, as --help lists them."""
    text = subprocess.run(native_program("brokerctl") + [*words, "--help"], capture_output=True, text=True).stdout
    section = re.search(r"^(?:Subcommands|Commands):\n((?:^  .*\n)+)", text, re.M)
    if not section:
        return {" ".join(words)}
    found = set()
    for name in re.findall(r"^  ([a-z][a-z-]*)", section.group(1), re.M):
        found |= leaves((*words, name))
    return found


class EveryCommand(RemoteTest):
    maxDiff = None

    def setUp(self):
        super().setUp()
        # Two on Linux; and where the Windows binaries are tested, one of those.
        self.two = [self.node(f"n{number}", native=True) for number in (1, 2)]
        self.all = self.two + ([self.node("w1", native=False)] if WINDOWS else [])
        for node in self.all:
            node.install("recorder", source=(NATIVE_STAGE / "test_modules/recorder/1.0.0") if node.native and WINDOWS
                         else None)
            node.start()
        self.used = set()
        self.run_brokerctl("context", "add", "prod", *[word for node in self.all for word in ("--node", node.address)],
                           *self.credentials("alice"))
        self.run_brokerctl("context", "use", "prod")

    def prod(self, *arguments, exit_code=DONE):
        """On all nodes of the context."""
        return self.run_brokerctl("--yes", *arguments, exit_code=exit_code)

    def first(self, *arguments):
        """On the first alone."""
        return self.remote(self.all[:1], "alice", *arguments)

    def show(self, name, *arguments, subject=None):
        """A command whose table and JSON of all nodes are as in the golden files."""
        self.used.add(subject or name.replace("_", " "))
        columns = {node.address: f"NODE{index}" for index, node in enumerate(self.all)}
        if WINDOWS:  # where the golden files' two nodes are, and one more
            self.prod(*arguments)
            answers = {node["node"]: node for node in json.loads(self.prod("-o", "json", *arguments).stdout)["nodes"]}
            for node in self.all:
                self.assertIn("answer", answers[node.address])
            return
        golden.check_table(self, name, self.prod(*arguments).stdout, **columns)
        golden.check_json(self, name, self.prod("-o", "json", *arguments).stdout)

    def do(self, command, *arguments, on=None, exit_code=DONE):
        """A command that changes something."""
        self.used.add(command)
        run = on or self.prod
        return run(*command.split(), *arguments).stdout

    def operations(self):
        """On each node, r1 online and offline and r2 online."""
        for node in self.all:
            if node.native and WINDOWS:
                continue  # the stand-in for RHS is the Windows one
            self.bridge_address = json.loads(node.config.read_text())["bridgeAddress"]
            self.host(['open r1 type="Resource Broker"', 'open r2 type="Resource Broker"', "online r1",
                       "wait r1 state=Online timeout=60s", "offline r1 dest=NODE2 flags=QUEUE_ENABLED",
                       "wait r1 state=Offline timeout=60s", "online r2", "wait r2 state=Online timeout=60s", "close r1",
                       "close r2"], {**self.recorder("r1"), **self.recorder("r2")})

    def test_EveryCommand_WorksOnAllNodesAtOnce(self):
        self.operations()
        self.show("status", "status")
        self.show("resources_list", "resources", "list")
        self.show("operations_list", "operations", "list")
        self.show("modules_versions", "modules", "versions")
        self.show("queue_status", "queue", "status")
        self.show("sessions", "sessions")
        self.used.update({"config show", "diag", "audit", "journal backup", "operations get", "operations watch"})

        served = self.all[-1:]
        on_served = lambda *arguments, **options: self.remote(served, "alice", *arguments, **options)
        listed = json.loads(on_served("-o", "json", "operations", "list").stdout)["operations"]
        self.assertEqual(len(listed), 3)
        offline = next(o for o in listed if o["operation"]["kind"] == "OFFLINE")
        identity = base64.b64decode(offline["operation"]["id"]).hex()
        self.assertIn("SUCCEEDED", on_served("operations", "get", identity[:12]).stdout)
        self.assertIn("SUCCEEDED", on_served("operations", "watch", identity, "--from-start").stdout)
        filtered = json.loads(on_served("-o", "json", "operations", "list", "--kind", "offline", "--destination", "node2",
                                        "--since", "1h", "--state", "SUCCEEDED", "--module", "recorder").stdout)
        self.assertEqual([o["operation"]["id"] for o in filtered["operations"]], [offline["operation"]["id"]])
        self.assertIn("r1", self.do("resources get", "r1", on=on_served))
        self.do("resources lock", "r1", "--reason", "rebuild", on=on_served)
        self.assertIn("rebuild", on_served("resources", "get", "r1").stdout)
        self.do("resources unlock", "r1", on=on_served)

        self.do("queue pause", "--reason", "night shift")
        self.assertEqual(self.prod("queue", "status").stdout.count("night shift"), len(self.all))
        self.do("queue resume")
        self.do("queue limits", "--running", "7")
        self.assertEqual(json.loads(self.first("-o", "json", "queue", "status").stdout)["limits"]["maxRunningOperations"], 7)
        self.do("queue limits", "--reset")

        self.assertIn('"maxRunningOperations"', self.first("config", "show").stdout)
        wrong = self.folder / "wrong.json"
        wrong.write_text('{"limits": {"maxSessions": 99999999}}')
        self.used.add("config validate")
        refused = self.run_brokerctl("config", "validate", str(wrong), exit_code=None)
        self.assertNotEqual(refused.returncode, DONE)
        self.assertIn("limits.maxSessions", refused.stdout + refused.stderr)
        self.do("config reload")
        self.assertIn("Queue.PauseQueue", self.first("audit").stdout)
        self.assertIn("gRPC", self.first("diag").stdout)

        backup = self.folder / "backup.db"
        on_served("journal", "backup", str(backup))
        with sqlite3.connect(backup) as journal:
            self.assertEqual(journal.execute("PRAGMA integrity_check").fetchone(), ("ok",))

        self.modules(on_served)
        self.cancelled(served[0], on_served)
        missing = {command for command in leaves() if command not in OF_THIS_MACHINE} - self.used
        self.assertEqual(missing, set(), "commands that this test does not use")

    def modules(self, on_served):
        """A version staged, activated, taken back and removed on all nodes; a drain and a log on those it serves on."""
        source = self.folder / "author"
        shutil.copytree(NATIVE_STAGE / "test_modules/recorder/1.0.0", source)
        manifest = json.loads((source / "manifest.json").read_text())
        manifest["version"] = "1.1.0"
        (source / "manifest.json").write_text(json.dumps(manifest))
        # Of 8 MiB, and what it is does not matter: it is not started.
        (source / "data.bin").write_bytes(random.randbytes(8 << 20))
        served = lambda *arguments: on_served(*arguments, timeout=120)
        manifest["version"] = "1.2.0"
        (source / "manifest.json").write_text(json.dumps(manifest))
        served("modules", "stage", str(source))
        served("modules", "remove", "recorder", "1.2.0")
        manifest["version"] = "1.1.0"
        (source / "manifest.json").write_text(json.dumps(manifest))
        natives = lambda *arguments, **options: self.remote(self.two, "alice", "--yes", *arguments, **options)
        self.do("modules stage", str(source), on=natives)
        self.do("modules activate", "recorder", "1.1.0", on=natives)
        self.assertIn("1.1.0", natives("modules", "versions").stdout)
        self.do("modules rollback", "recorder", on=natives)
        self.do("modules drain", "recorder", on=natives)
        self.do("modules remove", "recorder", "1.1.0", on=natives)
        self.used.add("modules list")
        self.assertIn("recorder", self.prod("modules", "list").stdout)
        self.used.add("modules logs")
        self.assertTrue(on_served("modules", "logs", "recorder").stdout)

    def cancelled(self, node, on_served):
        self.bridge_address = json.loads(node.config.read_text())["bridgeAddress"]
        process, _, finish = self.start_host(
            ['open r3 type="Resource Broker" pending-timeout=120s', "online r3", "wait r3 pending=false timeout=100s",
             "close r3"], self.recorder("r3", OnlineScript="wait:90000;done"))
        pending = lambda: json.loads(on_served("-o", "json", "operations", "list", "--pending").stdout).get("operations")
        self.until(pending, "the operation to be pending")
        identity = base64.b64decode(pending()[0]["operation"]["id"]).hex()
        self.do("operations cancel", identity, "--reason", "wrong node", on=on_served)
        self.until(lambda: not pending(), "the cancel")
        finish(exit_code=None)
        self.assertIn("CANCELLED", on_served("operations", "get", identity).stdout)

    def test_OneNodeIsDown_TheOthersAnswerAndTheExitCodeSaysSo(self):
        self.all[0].kill()
        result = self.prod("resources", "list", exit_code=SOME_FAILED)
        self.assertIn(self.all[0].address, result.stderr)
        result = self.prod("-o", "json", "status", exit_code=SOME_FAILED)
        nodes = {node["node"]: node for node in json.loads(result.stdout)["nodes"]}
        self.assertIn("error", nodes[self.all[0].address])
        self.assertIn("answer", nodes[self.all[1].address])


if __name__ == "__main__":
    unittest.main()
