"""Versions of a module take over from one another while RHS, its operations and the broker run on."""

import json
import statistics
import time
import unittest

from deployment import STAGE, EndToEndTest

SWITCHES = 100
CYCLES = 500
RESOURCES = ("r1", "r2")
# What is added to an operation at most, on a machine that does other things as well.
LONGEST_MS = 5000
OLD, NEW = "1.0.0", "1.1.0"
RECORDER = STAGE / "test_modules" / "recorder" / OLD


class ActivationTest(EndToEndTest):
    def install_new(self):
        manifest = json.loads((RECORDER / "manifest.json").read_text())
        self.broker.install("recorder", NEW, RECORDER, {**manifest, "version": NEW})

    def versions(self):
        return self.broker.control_json("modules", "list", "recorder")["modules"][0]

    def operations(self):
        listed = self.broker.control_json("operations", "list", "--limit", "100000").get("operations", [])
        for operation in listed:
            operation["final"] = operation["events"][-1]
        return listed

    def test_HundredSwitchesUnderLoad_NoOperationFailsAndEachRunsOnceWhereItShould(self):
        self.broker = self.make_broker(limits={"maxEndedOperations": 100000})
        self.broker.install("recorder", OLD)
        self.broker.start()
        properties = {}
        for name in RESOURCES:
            properties.update(self.recorder(name, OnlineScript="wait:20;done", OfflineScript="wait:20;done"))
        script = [f'open {name} type="Resource Broker"' for name in RESOURCES]
        for _ in range(CYCLES):
            for call, state in (("online", "Online"), ("offline", "Offline")):
                script += [f"& {call} {name}" for name in RESOURCES] + ["join"]
                script += [f"wait {name} state={state} timeout=60s" for name in RESOURCES]
        script += [f"close {name}" for name in RESOURCES]
        host, _, finish = self.start_host(script, properties)
        self.until(lambda: len(self.recorded()) >= 40, "operations before the first switch")
        self.install_new()
        switches, active = [], OLD
        for _ in range(SWITCHES):
            active = NEW if active == OLD else OLD
            begun = time.time()
            self.broker.control_json("modules", "activate", "recorder", active)
            switches.append((begun, time.time(), active))
        self.assertIsNone(host.poll(), "operations ended before the last switch: the test needs more of them")
        process_id = host.pid
        run = finish(timeout=600)
        self.assertEqual(host.pid, process_id)
        expected = 2 * CYCLES * len(RESOURCES)
        operations = self.operations()
        self.assertEqual(len(operations), expected)
        self.assertEqual({o["final"]["kind"] for o in operations}, {"SUCCEEDED"})
        executed = [r["operation_id"] for r in self.recorded()]
        self.assertEqual(len(executed), expected)
        self.assertEqual(len(set(executed)), expected)
        self.check_versions(operations, switches)
        self.print_delays(operations, switches)
        for name in RESOURCES:
            finals = [r["state"] for r in run.reports(name) if not r["state"].endswith("Pending")]
            self.assertEqual(finals.count("Failed"), 0)

    def check_versions(self, operations, switches):
        """One that is accepted between two switches runs on what was active there."""
        judged = 0
        for operation in operations:
            final = operation["final"]["final"]
            ended = int(operation["final"]["timeUnixUs"]) / 1e6
            accepted = ended - (int(final.get("queueTimeUs", 0)) + int(final.get("runTimeUs", 0))) / 1e6
            edges = [(0, 0, OLD)] + switches + [(float("inf"), 0, None)]
            for (_, answered, version), (following, _, _) in zip(edges, edges[1:]):
                if answered + 0.05 < accepted and ended < following:
                    self.assertEqual(final["module"], f"recorder {version}")
                    judged += 1
        self.assertGreater(judged, 100)

    def print_delays(self, operations, switches):
        quiet, during = [], []
        for operation in operations:
            final = operation["final"]["final"]
            took = (int(final.get("queueTimeUs", 0)) + int(final.get("runTimeUs", 0))) / 1000
            ended = int(operation["final"]["timeUnixUs"]) / 1e6
            near = switches[0][0] <= ended <= switches[-1][1] + took / 1000
            (during if near else quiet).append(took)
        print(f"\n{len(switches)} switches; an operation without: median {statistics.median(quiet):.1f} ms; with: median "
              f"{statistics.median(during):.1f} ms, longest {max(during):.1f} ms; so at most "
              f"{max(during) - statistics.median(quiet):.1f} ms are added")
        self.assertLess(max(during) - statistics.median(quiet), LONGEST_MS)

    def run_one(self, name):
        """An operation from its call to its end; the version it ran on."""
        self.host([f'open {name} type="Resource Broker"', f"online {name}", f"wait {name} state=Online timeout=60s",
                   f"close {name}"], self.recorder(name))
        listed = [o for o in self.operations() if o["operation"]["resource"] == name]
        self.assertEqual([o["final"]["kind"] for o in listed], ["SUCCEEDED"])
        return listed[0]["final"]["final"]["module"]

    def test_BrokerKilledAtEachStep_ExactlyOneVersionIsActiveAndServes(self):
        self.broker = self.make_broker(faults={"allowed": True}, timeouts={"moduleProbationMs": 300})
        self.broker.install("recorder", OLD)
        self.install_new()
        self.broker.start()
        listed = self.broker.control_json("fault", "list")["points"]
        points = [(p["point"], action) for p in listed for action in p["actions"]
                  if p["point"].startswith(("activation.", "rollback.")) and action.startswith("CRASH")]
        self.assertGreaterEqual(len(points), 10)
        for number, (point, action) in enumerate(points):
            with self.subTest(point=point, action=action):
                self.run_one(f"before{number}")
                active = self.versions()["active"]
                other = OLD if active == NEW else NEW
                if point.startswith("rollback."):
                    self.broker.control_json("modules", "activate", "recorder", other)
                    active, other = other, active
                self.broker.control_json("fault", "arm", action.lower(), point)
                command = ("rollback", "recorder") if point.startswith("rollback.") else ("activate", "recorder", other)
                self.broker.control("modules", *command)
                # The old version has nothing left to do when its probation is over.
                self.broker.process.wait(60)
                self.broker.start()
                versions = self.versions()
                self.assertIn(versions["active"], (OLD, NEW))
                self.assertEqual(self.run_one(f"after{number}"), f"recorder {versions['active']}")
                self.until(lambda: len([v for v in self.versions()["versions"] if v.get("processId")]) == 1,
                           "only the active version's process to be left")
                self.assertEqual(self.versions()["active"], versions["active"])
                print(f"{point} {action}: {active} was active, {versions['active']} is")


if __name__ == "__main__":
    unittest.main()
