"""The broker's program is replaced while operations run: by `upgrade`, where no service manager runs the broker."""

import os
import shutil
import signal
import sqlite3
import subprocess
import unittest

import rhs_calls
from deployment import WINDOWS
from upgraded import UpgradedTest

UPGRADES = 20
# The load outlasts the upgrades, which need a quarter of its time.
CYCLES = 60
HOLD_MS = 60000
# Where a broker is killed: the one that ends, and the one that takes over.
OLD_POINTS = (("takeover.asked", "BEFORE"), ("takeover.asked", "AFTER"), ("takeover.released", "BEFORE"),
              ("takeover.released", "AFTER"))
NEW_POINTS = (("takeover.locked", "BEFORE"), ("takeover.locked", "AFTER"), ("recover.load", "AFTER"),
              ("recover.adopt", "AFTER"), ("recover.done", "BEFORE"), ("broker.serve", "BEFORE"),
              ("broker.serve", "AFTER"), ("takeover.serving", "BEFORE"))


@unittest.skipIf(WINDOWS, "there a service manager runs it: test_service_upgrade.py")
class BrokerUpgrade(UpgradedTest):
    def start_first(self):
        self.broker.program = [str(self.programs[0])]
        self.broker.start()

    def exe(self, process_id):
        return os.readlink(f"/proc/{process_id}/exe")

    def test_TwentyUpgradesUnderLoad_NoOperationFailsAndNothingElseIsNew(self):
        self.start_first()

        def judge(process_id, path):
            self.assertEqual(self.exe(process_id), str(path))
            # The one before may still be at its last instructions.
            self.until(lambda: self.broker_processes() == [process_id], "the end of the broker before")

        self.upgrade_under_load(UPGRADES, CYCLES, judge)
        self.assertEqual(self.broker.process.wait(10), 0)
        gaps = self.gaps_ms()
        print(f"{len(gaps)} take-overs; no broker answered for {min(gaps):.1f} to {max(gaps):.1f} ms")
        self.assertEqual(len(gaps), UPGRADES)

    # --- Programs that can't take over ---

    def assert_untouched(self, process_id):
        self.assertEqual(self.serving(), process_id)
        self.assertEqual(self.broker_processes(), [process_id])

    def test_PathIsNoBroker_RefusedAndTheRunningOneGoesOn(self):
        self.start_first()
        running = self.serving()
        said = self.upgrade(shutil.copy2("/bin/true", self.folder / "true"), exit_code=1)
        self.assertIn("is no resource_broker", said)
        self.assertIn("there is no such program", self.upgrade(self.folder / "nowhere", exit_code=1))
        self.assert_untouched(running)

    def stand_in(self, run):
        """A program that answers as a broker does, but for `run`."""
        path = self.folder / "stand_in"
        path.write_text(f'#!/bin/sh\n[ "$1" = run ] || exec "{self.programs[1]}" "$@"\n{run}\n')
        path.chmod(0o755)
        return path

    def test_NewProgramEndsAtOnce_RunningOneGoesOn(self):
        self.start_first()
        running = self.serving()
        said = self.upgrade(self.stand_in("exit 7"), exit_code=1)
        self.assertIn("ended with exit code 7", said)
        self.assertIn(f"Process {running} goes on", said)
        self.assert_untouched(running)

    def test_NewProgramNeverServes_KilledAndRunningOneGoesOn(self):
        self.start_first()
        running = self.serving()
        said = self.upgrade(self.stand_in("exec sleep 100"), "--timeout", "1", exit_code=1)
        self.assertIn("did not serve within", said)
        self.assert_untouched(running)

    def test_ConfigurationIsWrong_NamedAndRunningOneGoesOn(self):
        self.start_first()
        running = self.serving()
        good = self.broker.config.read_text()
        self.broker.config.write_text(good.replace('"logLevel"', '"logLevle"'))
        result = subprocess.run([str(self.programs[1]), "check-config", "--config", str(self.broker.config)],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.assertIn("logLevle", result.stderr)
        result = subprocess.run([str(self.programs[1]), "run", "--take-over", "--config", str(self.broker.config)],
                                capture_output=True, text=True)
        self.assertEqual(result.returncode, 2)
        self.broker.config.write_text(good)
        self.assert_untouched(running)

    def test_JournalIsOfANewerForm_FoundBeforeTheRunningOneIsAsked(self):
        self.start_first()
        running = self.serving()
        with sqlite3.connect(self.folder / "data" / "journal.db") as journal:
            journal.execute("PRAGMA user_version = 99")
        said = self.upgrade(self.programs[1], exit_code=1)
        self.assertIn(f"Process {running} goes on", said)
        self.assertIn("it was written by a newer broker", self.service_log())
        self.assert_untouched(running)

    def test_NothingRuns_SaysSo(self):
        self.assertIn("no broker runs", self.upgrade(self.programs[1], exit_code=1))

    # --- More than one who wants it ---

    def test_SecondUpgradeMeanwhile_Refused(self):
        self.broker = self.make_broker(faults={"allowed": True, "armed": [
            {"point": "takeover.asked", "action": "DELAY_BEFORE", "delayMs": HOLD_MS}]})
        self.start_first()
        first = subprocess.Popen(self.upgrade_command(self.programs[1]), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.until(lambda: self.holding("takeover.asked"), "the first to be under way")
        self.assertIn("another upgrade is under way", self.upgrade(self.programs[1], exit_code=1))
        # Also without the command.
        second = subprocess.run([str(self.programs[1]), "run", "--take-over", "--config", str(self.broker.config)],
                                capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 1)
        self.assertIn("the broker ends already", second.stderr)
        self.broker.control("fault", "clear")
        output, _ = first.communicate(timeout=60)
        self.assertEqual(first.returncode, 0, output)
        self.assertEqual(self.exe(self.serving()), str(self.programs[1]))

    def holding(self, point):
        points = self.broker.control_json("fault", "list")["points"]
        return next(p for p in points if p["point"] == point).get("holding", False)

    # --- The way of a supervisor ---

    def test_SignalUsr1_EndsForAnUpgradeAndTheNextStartGoesOnWithModulesAndOperations(self):
        self.start_first()
        go = self.folder / "go"
        properties = self.recorder("r1", OfflineScript=f"progress:10:one;waitfile:{go};done")
        _, _, finish = self.start_host(
            ['open r1 type="Resource Broker" pending-timeout=60s', "offline r1",
             "wait r1 state=Offline timeout=60s", "close r1"], properties)
        self.until(lambda: self.recorded(), "the offline to run")
        modules = self.broker.module_processes()
        self.broker.process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.broker.process.wait(10), 0)
        self.assertFalse((self.folder / "data" / "journal.db-wal").exists())
        self.broker.program = [str(self.programs[1])]
        self.broker.start()
        self.assertEqual(self.broker.module_processes(), modules)
        go.touch()
        run = finish()
        self.assertEqual([call.told() for call in rhs_calls.calls_of(run.records)["r1"]], ["Offline"])
        self.assertEqual(len(self.recorded()), 1)

    # --- Killed at every step ---

    def exercise_kill(self, point, side, in_old):
        armed = [{"point": point, "action": f"CRASH_{side}"}]
        self.broker = self.make_broker(faults={"allowed": True, "armed": armed if in_old else []})
        self.start_first()
        first = self.broker.process
        go = self.folder / "go"
        properties = self.recorder("r1", OfflineScript=f"progress:10:one;waitfile:{go};done")
        _, _, finish = self.start_host(
            ['open r1 type="Resource Broker" pending-timeout=60s', "offline r1",
             "wait r1 state=Offline timeout=60s", "online r1", "wait r1 state=Online timeout=60s", "close r1"],
            properties)
        self.until(lambda: self.recorded(), "the offline to run")
        modules = self.broker.module_processes()
        # For the broker that is started next; the one that is started again passes the points of a take-over no more.
        self.make_broker(faults={"allowed": True, "armed": [] if in_old else armed})
        command = self.upgrade_command(self.programs[1], "--timeout", "20")
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        said = f"{result.stdout}{result.stderr}\n{self.service_log()[-3000:]}"
        self.make_broker(faults={"allowed": True})
        if result.returncode == 5:  # the supervisor's turn: it restarts what is configured
            self.assertIsNone(self.serving(), said)
            self.broker.launch()
            self.until(lambda: self.serving() is not None, "the supervisor's start")
        # One broker, of whichever version.
        self.assertEqual(self.broker_processes(), [self.serving()], said)
        self.assertNotEqual(self.serving(), first.pid, said)
        first.wait(10)
        go.touch()
        run = finish()
        self.assertEqual([call.told() for call in rhs_calls.calls_of(run.records)["r1"]], ["Offline", "Online"], said)
        self.assertEqual([r["kind"] for r in self.recorded()], ["OFFLINE", "ONLINE"], said)
        self.assertEqual(self.broker.module_processes(), modules, said)

    def fresh(self):
        self.doCleanups()
        self.setUp()

    def test_KilledAtEveryStepOfATakeOver_OneBrokerIsActiveAndTheOperationEndsOnce(self):
        for points, in_old in ((OLD_POINTS, True), (NEW_POINTS, False)):
            for point, side in points:
                with self.subTest(point=point, side=side, in_old=in_old):
                    self.exercise_kill(point, side, in_old)
                self.fresh()


if __name__ == "__main__":
    unittest.main()
