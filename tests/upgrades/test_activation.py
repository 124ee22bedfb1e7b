"""Versions of a module take over from one another while RHS, its operations and the broker run on."""

import json
import os
import statistics
import subprocess
import time
import unittest

import figures
from deployment import STAGE, WINDOWS, EndToEndTest, os_path, program

LONG = bool(os.environ.get("RESOURCE_BROKER_LONG_TESTS"))
# The load outlasts the switches; under Wine starting brokerctl is most of one.
SWITCHES = 100 if LONG or not WINDOWS else 20
CYCLES = 4 * SWITCHES if not WINDOWS else 16 * SWITCHES
RESOURCES = ("r1", "r2")
# What a switch adds to an operation at most. The goal is 100 ms, natively and on a machine that does nothing else; what
# is tested is that it is of that order.
LONGEST_MS = 1000 if not WINDOWS else 5000
OLD, NEW = "1.0.0", "1.1.0"
RECORDER = STAGE / "test_modules" / "recorder" / OLD


class ActivationTest(EndToEndTest):
    def install_new(self):
        manifest = json.loads((RECORDER / "manifest.json").read_text())
        self.broker.install("recorder", NEW, RECORDER, {**manifest, "version": NEW})

    def versions(self):
        return self.broker.control_json("modules", "list", "recorder")["modules"][0]

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
        # The process that had called before the first switch still calls.
        self.assertIsNone(host.poll(), "operations ended before the last switch: the test needs more of them")
        run = finish(timeout=600)
        expected = 2 * CYCLES * len(RESOURCES)
        operations = figures.operations(self.broker)
        self.assertEqual(len(operations), expected)
        self.assertEqual({o["kind"] for o in operations}, {"SUCCEEDED"})
        executed = [r["operation_id"] for r in self.recorded()]
        self.assertEqual(len(executed), expected)
        self.assertEqual(len(set(executed)), expected)
        self.check_versions(operations, switches)
        self.judge_delays(run.records)
        figures.judge_entry_points(self, run.records, RESOURCES)
        for name in RESOURCES:
            self.assertEqual([r["state"] for r in run.reports(name) if r["state"] == "Failed"], [])

    def check_versions(self, operations, switches):
        """One that is accepted between two switches runs on what was active there."""
        judged = 0
        edges = [(0, 0, OLD)] + switches + [(float("inf"), 0, None)]
        for operation in operations:
            for (_, answered, version), (following, _, _) in zip(edges, edges[1:]):
                if answered + 0.05 < operation["begun"] and operation["ended"] < following:
                    self.assertEqual(operation["module"], f"recorder {version}")
                    judged += 1
        self.assertGreater(judged, SWITCHES)

    def judge_delays(self, records):
        """As RHS saw it; nearly all operations of this load meet a switch, and their median does not show it."""
        took = [duration for name in RESOURCES for _, duration in figures.ends_ms(records, name)]
        self.assertEqual(len(took), 2 * CYCLES * len(RESOURCES))
        print(f"\n{SWITCHES} switches, {len(took)} operations: median {statistics.median(took):.1f} ms, longest "
              f"{max(took):.1f} ms; so a switch adds at most {figures.added_ms(took):.1f} ms to one")
        self.assertLess(figures.added_ms(took), LONGEST_MS)

    def test_OperationRunsDuringTheSwitch_EndsOnTheOldVersionAndTheNextOnTheNewAsTheHistorySays(self):
        self.broker.install("recorder", OLD)
        self.broker.start()
        go = self.folder / "go"
        properties = self.recorder("r1", OfflineScript=f"progress:10:one;waitfile:{os_path(go)};done")
        _, _, finish = self.start_host(
            ['open r1 type="Resource Broker" pending-timeout=60s', "online r1", "wait r1 state=Online timeout=60s",
             "offline r1", "wait r1 state=Offline timeout=60s", "online r1", "wait r1 state=Online timeout=60s",
             "close r1"], properties)
        self.until(lambda: len(self.recorded()) == 2, "the offline to run")
        self.install_new()
        self.broker.control_json("modules", "activate", "recorder", NEW)
        # Another resource is served by the new version meanwhile.
        self.assertEqual(self.run_one("r2"), f"recorder {NEW}")
        self.assertEqual(len(self.broker.running_modules()), 2)
        go.touch()
        finish()
        ran = sorted((o for o in figures.operations(self.broker) if o["operation"]["resource"] == "r1"),
                     key=lambda o: o["begun"])
        self.assertEqual([(o["operation"]["kind"], o["kind"], o["module"]) for o in ran],
                         [("ONLINE", "SUCCEEDED", f"recorder {OLD}"), ("OFFLINE", "SUCCEEDED", f"recorder {OLD}"),
                          ("ONLINE", "SUCCEEDED", f"recorder {NEW}")])

    def test_CanaryThenAllThenBack_EachResourceRunsWhereItShould(self):
        self.broker.install("recorder", OLD)
        self.broker.start()
        names = [f"r{number}" for number in range(6)]
        tried = [name for name in names if figures.percentile_of(name) < 50]
        self.assertTrue(0 < len(tried) < len(names))
        self.run_one("first")
        self.install_new()
        self.broker.control_json("modules", "activate", "recorder", NEW, "--canary", "50%")
        self.assertEqual((self.versions()["active"], self.versions()["canary"]), (OLD, NEW))
        for name in names:
            self.assertEqual(self.run_one(f"{name}"), f"recorder {NEW if name in tried else OLD}", name)
        self.broker.control_json("modules", "activate", "recorder", NEW)
        self.assertEqual(self.run_one("all"), f"recorder {NEW}")
        self.broker.control_json("modules", "rollback", "recorder")
        self.assertEqual(self.versions()["active"], OLD)
        self.assertEqual(self.run_one("back"), f"recorder {OLD}")
        # There is nothing to go back to any more.
        self.assertNotEqual(self.broker.control("modules", "rollback", "recorder").returncode, 0)

    def test_SecondActivationWhileOneIsUnderWay_Refused(self):
        self.broker = self.make_broker(faults={"allowed": True})
        self.broker.install("recorder", OLD)
        self.broker.start()
        self.run_one("first")
        self.install_new()
        self.arm("delay_before", "activation.recorded", "--ms", "60000")
        first = self.start_control("modules", "activate", "recorder", NEW)
        self.until(lambda: self.holding("activation.recorded"), "the first to be under way")
        second = self.broker.control("modules", "activate", "recorder", NEW)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(f"the activation of {NEW} is under way", second.stderr)
        self.assertEqual(self.run_one("meanwhile"), f"recorder {OLD}")
        self.broker.control("fault", "clear")
        self.assertEqual(first.wait(60), 0)
        self.assertEqual(self.run_one("after"), f"recorder {NEW}")

    def arm(self, *fault):
        result = self.broker.control("fault", "arm", *fault)
        self.assertEqual(result.returncode, 0, result.stderr)

    def holding(self, point):
        points = self.broker.control_json("fault", "list")["points"]
        return next(p for p in points if p["point"] == point).get("holding", False)

    def start_control(self, *arguments):
        process = subprocess.Popen(program("brokerctl") + ["--address", self.admin_address, *arguments],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.kill)
        return process

    def run_one(self, name):
        """An operation from its call to its end; the version it ran on."""
        self.host([f'open {name} type="Resource Broker"', f"online {name}", f"wait {name} state=Online timeout=60s",
                   f"close {name}"], self.recorder(name))
        listed = [o for o in figures.operations(self.broker) if o["operation"]["resource"] == name]
        self.assertEqual([o["kind"] for o in listed], ["SUCCEEDED"])
        return listed[0]["module"]

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
                self.arm(action.lower(), point)
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
