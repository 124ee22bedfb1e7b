"""Every fault point that `brokerctl fault list` lists is reached, and each of its actions is seen to happen there."""

import json
import os
import signal
import subprocess
import time
import unittest

from deployment import STAGE, WINDOWS, EndToEndTest, kill_process, os_path, program

OPEN = ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=60s"]
# Longer than any test waits: what is held is let go by `fault clear`.
HOLD_MS = 60000
# Held before the admin API serves, where nothing can be cleared.
EARLY_HOLD_MS = 300
# On Windows a console program is stopped by killing it only: there nothing stops the broker in an orderly way.
LONG = bool(os.environ.get("RESOURCE_BROKER_LONG_TESTS"))
NOT_STOPPED_HERE = {"broker.stop", "module.stop"} if WINDOWS else set()

# How a point is reached. The script runs in the stand-in for RHS once the fault is armed.
RUN = (OPEN + ["offline r1", "wait r1 state=Offline timeout=60s", "close r1"],
       "wait:300;progress:10:one;wait:300;done")
CANCEL = (OPEN + ["offline r1", "cancel r1", "wait r1 state=Online timeout=60s", "close r1"], "wait:60000;done")
TERMINATE = (OPEN + ["offline r1", "terminate r1", "close r1"], "wait:60000;done")
QUEUE = (OPEN + ["offline r1 flags=QUEUE_ENABLED", "sleep 60s"], "notnow:1:200")
WAIT = (OPEN + ["sleep 60s"], "done")


def start_only(test):
    """Passed by every start of a broker; armed in broker.json."""


def run(script):
    def reach(test):
        test.script(*script)
    return reach


def lose_module(test):
    test.script(*WAIT)
    test.until(lambda: "recorder" in test.broker.module_processes(), "the module to run")
    kill_process(test.broker.module_processes()["recorder"])


def lose_session(test):
    host = test.script(*WAIT)
    test.until(lambda: test.recorded(), "the session to be used")
    host.kill()


def stop_broker(test):
    test.script(*WAIT)
    test.until(lambda: test.recorded(), "the module to be used")
    test.broker.process.send_signal(signal.SIGTERM)


def stage_package(test):
    # Its answer is of no interest, and comes only when what is held is let go of.
    control = subprocess.Popen(
        program("brokerctl") + ["--address", test.broker.admin_address, "modules", "stage",
                                os_path(STAGE / "modules" / "generic_process" / "1.0.0")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end():
        control.kill()
        control.wait()
    test.addCleanup(end)


def take_over(test):
    """From the broker that runs, which stays the one that is looked at."""
    running = test.broker.process
    test.broker.launch("--take-over")
    successor, test.broker.process = test.broker.process, running

    def end():
        successor.kill()
        successor.wait()
    test.addCleanup(end)


def activate(test):
    test.install_other()
    test.modules("activate", "recorder", "1.1.0")


def fail_activation(test):
    """What was started for it has nothing left to do."""
    test.install_other()
    test.arm("error", "activation.checked")
    test.modules("activate", "recorder", "1.1.0")


def roll_back(test):
    test.install_other()
    test.broker.control_json("modules", "activate", "recorder", "1.1.0")
    test.modules("rollback", "recorder")


# Passed by a broker that takes over; armed in its broker.json.
TAKING_OVER = {"takeover.locked", "takeover.serving"}
EARLY = TAKING_OVER | {"broker.serve", "recover.adopt", "recover.done", "recover.load"}
SCENARIOS = {
    **{point: start_only for point in EARLY},
    **{point: run(RUN) for point in (
        "bridge.event.send", "bridge.operation.answer", "bridge.operation.start", "bridge.pipe",
        "bridge.resource.close", "bridge.resource.open", "bridge.session.open", "bridge.watch",
        "journal.commit.accepted", "journal.commit.final", "journal.commit.progress", "journal.commit.running",
        "journal.forget", "module.execute", "module.hello", "module.open", "module.progress", "module.record",
        "module.result", "module.start")},
    **{point: run(CANCEL) for point in ("bridge.cancel", "journal.commit.cancel_requested", "module.cancel")},
    **{point: run(TERMINATE) for point in (
        "bridge.terminate", "journal.commit.terminate_requested", "module.terminate")},
    **{point: activate for point in (
        "activation.checked", "activation.recorded", "activation.started", "activation.switched")},
    "activation.drained": fail_activation,
    "rollback.recorded": roll_back,
    "journal.commit.queued": run(QUEUE),
    "module.gone": lose_module,
    "package.rename": stage_package,
    "bridge.session.end": lose_session,
    "broker.stop": stop_broker,
    "module.stop": stop_broker,
    "takeover.asked": take_over,
    "takeover.released": take_over,
}


class FaultPointTest(EndToEndTest):
    def fresh(self):
        """A broker of its own for each action."""
        self.doCleanups()
        self.setUp()

    def configure(self, armed=(), session_grace_ms=500):
        # One operation is kept, so that the second one that ends makes the first be forgotten.
        self.broker = self.make_broker(limits={"maxEndedOperations": 1}, timeouts={"sessionGraceMs": session_grace_ms},
                                       faults={"allowed": True, "armed": list(armed)})

    def script(self, script, offline_script):
        host, _, _ = self.start_host(script, self.recorder("r1", OfflineScript=offline_script))

        def end():
            host.kill()
            host.communicate()
        self.addCleanup(end)
        return host

    def install_other(self):
        """A second version, while the first one serves."""
        self.script(*WAIT)
        self.until(lambda: self.recorded(), "the module to be used")
        source = self.broker.modules / "recorder" / "1.0.0"
        manifest = json.loads((source / "manifest.json").read_text())
        self.broker.install("recorder", "1.1.0", source, {**manifest, "version": "1.1.0"})

    def modules(self, *arguments):
        """A call that may be held up, or lose its broker."""
        call = subprocess.Popen(program("brokerctl") + ["--address", self.admin_address, "modules", *arguments],
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            call.kill()
            call.wait()
        self.addCleanup(end)

    def point(self, name):
        points = {p["point"]: p for p in self.broker.control_json("fault", "list")["points"]}
        return points[name]

    def arm(self, *arguments):
        result = self.broker.control("fault", "arm", *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)

    def assert_crashed(self, name):
        try:
            self.broker.process.wait(60)
        except subprocess.TimeoutExpired:
            self.fail(f"{name}: the broker lives\n{self.broker_log()[-4000:]}")
        self.assertEqual(self.broker.process.returncode, 1 if WINDOWS else -signal.SIGKILL, name)

    def actions(self, name):
        self.configure()
        self.broker.start()
        return self.point(name)["actions"]

    def exercise(self, name):
        # Starting processes under Wine takes its time: every point is reached there, not every action seen.
        for action in self.actions(name)[:1 if WINDOWS and not LONG else None]:
            with self.subTest(point=name, action=action):
                self.fresh()
                if name in EARLY:
                    self.exercise_early(name, action)
                else:
                    self.exercise_one(name, action)

    def exercise_early(self, name, action):
        delay = {"delayMs": EARLY_HOLD_MS} if action.startswith("DELAY") else {}
        options = []
        if name in TAKING_OVER:
            self.configure()
            self.broker.start()
            options = ["--take-over"]
        self.configure([{"point": name, "action": action, **delay}])
        if action.startswith("DELAY"):
            self.broker.start(*options)
            log = self.broker_log()
            self.assertIn(f"fault {name}: {action} acts", log)
            self.assertIn(f"fault {name}: goes on", log)
            return
        self.broker.launch(*options)
        if action == "ERROR":
            self.broker.process.wait(60)
            self.assertEqual(self.broker.process.returncode, 5 if options else 1)
            self.assertIn(f"by fault {name}", self.broker_log())
        else:
            self.assert_crashed(name)

    def exercise_one(self, name, action):
        self.configure()
        self.broker.install("recorder")
        self.broker.start()
        options = ["--ms", str(HOLD_MS)] if action.startswith("DELAY") else []
        self.arm(action.lower(), name, *options)
        self.assertEqual(self.point(name)["armed"], action)
        SCENARIOS[name](self)
        if action.startswith("CRASH"):
            self.assert_crashed(name)
        elif action.startswith("DELAY"):
            self.until(lambda: self.point(name)["holding"], f"{action} at {name} to hold")
            self.broker.control("fault", "clear", name)
            # At once, not when the time is up.
            self.until(lambda: f"fault {name}: goes on" in self.broker_log(), f"{name} to be let go of", timeout=20)
        else:
            self.until(lambda: f"fault {name}: {action} acts" in self.broker_log(), f"{action} at {name}")

    def test_EveryListedPoint_HasAScenario(self):
        self.configure()
        self.broker.start()
        listed = [p["point"] for p in self.broker.control_json("fault", "list")["points"]]
        self.assertEqual(listed, sorted(SCENARIOS))

    def test_BrokerKilledWhileRunningIsDurableAndNobodyIsTold_OneOutcomeAndNoRunOfAModuleThatIsNotIdempotent(self):
        self.configure()
        self.broker.install("recorder")
        self.broker.start()
        self.arm("delay_after", "journal.commit.accepted", "--ms", str(HOLD_MS), "--after", "1")
        script = OPEN + ["offline r1", "wait r1 state=Failed timeout=60s", "close r1"]
        _, _, finish = self.start_host(script, self.recorder("r1"))
        self.until(lambda: self.point("journal.commit.accepted")["holding"], "the offline's commit to be held")
        self.broker.kill()
        self.broker.start()
        finish()
        self.assertEqual([r["kind"] for r in self.recorded() if r["kind"] == "OFFLINE"], [])
        last = self.broker.control_json("operations", "list", "--limit", "1")["operations"][0]["events"][-1]
        self.assertEqual((last["kind"], last["final"]["win32Code"]), ("FAILED", 1067))

    def test_PipeDroppedAtOneByteOrAnother_TheBridgeReconnectsAndTheOperationEndsOnce(self):
        for count in (0, 1, 20, 100, 200, 500):
            with self.subTest(bytes=count):
                self.fresh()
                self.configure(session_grace_ms=60000)
                self.broker.install("recorder")
                self.broker.start()
                go = self.folder / "go"
                properties = self.recorder("r1", OfflineScript=f"progress:10:one;waitfile:{os_path(go)};done")
                # Another resource is asked for all the while, so that bytes come in.
                other = self.recorder("r2")
                asking = ["alive r2", "sleep 50ms"] * 60
                _, _, finish = self.start_host(
                    ['open r2 type="Resource Broker"', "online r2", "wait r2 state=Online timeout=60s", *OPEN,
                     "offline r1", *asking, "wait r1 state=Offline timeout=60s", "close r1", "close r2"],
                    {**properties, **other})
                self.until(lambda: any(r["kind"] == "OFFLINE" for r in self.recorded()), "the offline to run")
                opened = int(self.point("bridge.session.open")["hits"])
                self.arm("drop", "bridge.pipe", "--bytes", str(count))
                self.until(lambda: "fault bridge.pipe: DROP acts" in self.broker_log(), "the pipe to be dropped")
                self.until(lambda: int(self.point("bridge.session.open")["hits"]) > opened, "the bridge to reconnect")
                go.touch()
                self.assert_ended_once(finish())

    def assert_ended_once(self, host):
        # OfflineV2 itself says so where all is done within its budget; a report does where it answered 997.
        answered = [r["code"] for r in host.calls("r1", "OfflineV2")]
        reported = [r["state"] for r in host.reports("r1") if not r["state"].endswith("Pending")]
        self.assertEqual(answered.count(0) + reported.count("Offline"), 1, (answered, reported))
        self.assertEqual(sum(r["kind"] == "OFFLINE" for r in self.recorded()), 1)

    def test_OneOfTheBrokersSharedThreadsHeld_ListAndClearStillAnswer(self):
        self.configure()
        self.broker.install("recorder")
        self.broker.start()
        held = ["bridge.resource.open"]
        for point in held:
            self.arm("delay_before", point, "--ms", str(HOLD_MS))
        properties = self.recorder("r1")
        hosts = [self.start_host(['open r1 type="Resource Broker"', "sleep 60s"], properties)[0] for _ in range(6)]
        for host in hosts:
            self.addCleanup(host.communicate)
            self.addCleanup(host.kill)
        self.until(lambda: all(self.point(p)["holding"] for p in held), "it to be held")
        begin = time.monotonic()
        self.assertEqual(self.broker.control("fault", "clear").returncode, 0)
        self.until(lambda: not any(self.point(p)["holding"] for p in held), "it to be let go of", timeout=10)
        self.assertLess(time.monotonic() - begin, 20)

    def test_NotAllowed_RefusedSayingWhatToSet(self):
        self.broker.start()
        result = self.broker.control("fault", "arm", "crash_before", "bridge.cancel")
        self.assertEqual(result.returncode, 1)
        self.assertIn('"faults": {"allowed": true}', result.stderr)
        self.assertEqual(self.broker.control_json("status").get("notices", []), [])

    def test_Allowed_SaidInTheLogAndInTheStatus(self):
        self.configure()
        self.broker.start()
        self.assertIn("faults.allowed", self.broker_log())
        self.assertIn("faults.allowed", " ".join(self.broker.control_json("status")["notices"]))

    def test_WhatAPointDoesNotHave_IsRefusedWithTheReason(self):
        self.configure()
        self.broker.start()
        for arguments, reason in ((["crash_before", "nowhere"], "nowhere"),
                                  (["drop", "bridge.cancel"], "which has CRASH_BEFORE"),
                                  (["delay_before", "bridge.cancel", "--ms", "60001"], "1 to 60000"),
                                  (["delay_before", "bridge.cancel"], "1 to 60000")):
            result = self.broker.control("fault", "arm", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(reason, result.stderr)


def add_tests():
    for name in SCENARIOS:
        words = "".join(word.capitalize() for word in name.replace("_", ".").split("."))
        if name in NOT_STOPPED_HERE:
            test = unittest.skip("nothing stops a console program under Wine")(lambda self: None)
        else:
            def test(self, point=name):
                self.exercise(point)
        setattr(FaultPointTest, f"test_{words}_EachActionIsSeen", test)


add_tests()

if __name__ == "__main__":
    unittest.main()
