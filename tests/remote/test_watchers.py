"""Administrators who watch, many of whom do not read: the broker's memory and the operations do not suffer."""

import json
import os
import pathlib
import select
import subprocess
import unittest

import figures
from nodes import RemoteTest
from test_foreign_client import SYSTEM_PYTHON

READING, SLOW = 200, 50
# Each of 16 operations, which all watchers are told of: the watchers' own processor time is what it costs.
ROUNDS = 20 if os.environ.get("RESOURCE_BROKER_LONG_TESTS") else 4
MAX_GROWTH_BYTES = 256 << 20


class Watchers(RemoteTest):
    def memory(self):
        with open(f"/proc/{self.one.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * 4096

    def load(self, rounds=ROUNDS):
        """The time each operation took, in ms, sorted."""
        names = [f"r{i}" for i in range(8)]
        properties = {}
        for name in names:
            properties.update(self.recorder(name, OnlineScript="done", OfflineScript="progress:50:" + "x" * 900 + ";done"))
        script = [f'open {name} type="Resource Broker"' for name in names]
        for _ in range(rounds):
            for call, state in (("online", "Online"), ("offline", "Offline")):
                script += [f"& {call} {name}" for name in names] + ["join"]
                script += [f"wait {name} state={state} timeout=60s" for name in names]
        run = self.host(script + [f"close {name}" for name in names], properties, timeout=300)
        return sorted(took for name in names for _, took in figures.ends_ms(run.records, name))

    def test_Watchers200And50ThatDoNotRead_MemoryIsBoundedAndOperationsAreNotSlowed(self):
        self.one = self.node("n1", limits={"maxConnectionsPerIdentity": 64})
        self.one.install("recorder")
        self.one.start()
        self.bridge_address = json.loads(self.one.config.read_text())["bridgeAddress"]
        self.load()
        without, before = self.load(), self.memory()
        watchers = subprocess.Popen(
            [SYSTEM_PYTHON, str(pathlib.Path(__file__).with_name("watchers.py")), self.one.address,
             str(self.pki / "ca.crt"), str(self.pki / "victor.crt"), str(self.pki / "victor.key"),
             str(READING), str(SLOW), str(ROUNDS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(watchers.kill)
        while not select.select([watchers.stdout], [], [], 0)[0]:
            self.load(rounds=1)
        self.assertEqual(watchers.stdout.readline(), "ready\n")
        beside, after = self.load(), self.memory()
        watchers.stdin.close()
        events, least, ended = map(int, watchers.stdout.readline().split())
        watchers.wait(60)
        p99 = lambda sample: sample[int(len(sample) * 0.99)]
        median = lambda sample: sample[len(sample) // 2]
        print(f"{len(beside)} operations, ms: median {median(without):.1f} without watchers, {median(beside):.1f} with; "
              f"p99 {p99(without):.1f} without, {p99(beside):.1f} with")
        print(f"{READING} watchers read {events} events (the least {least}); {SLOW} read none; "
              f"memory {before >> 20} MiB before, {after >> 20} MiB with them")
        self.assertLess(after - before, MAX_GROWTH_BYTES)
        # How far they get is up to their processors; none is ended, and none left out.
        self.assertEqual(ended, 0)
        self.assertGreaterEqual(least, ROUNDS)
        # What must not happen is that an operation waits for watchers: 250 of them used to cost 350 ms here.
        self.assertLess(p99(beside), 3 * p99(without) + 100)


if __name__ == "__main__":
    unittest.main()
