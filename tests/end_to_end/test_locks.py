"""An administrator's lock and the queue's modes, seen from RHS and from brokerctl."""

import unittest

from deployment import EndToEndTest

LOCKED = 5960
BUSY, SOURCE_THROTTLED = 0x1, 0x2
NOT_FOUND = 4


class Locks(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")

    def resource(self, name):
        return next(r for r in self.broker.control_json("resources", "list")["resources"] if r["resource"] == name)

    def run_until(self, script, properties, condition, what):
        """Starts the script in the background and waits for the broker to see something of it."""
        _, _, finish = self.start_host(script, properties)
        self.until(condition, what)
        return finish

    def test_LockedByAnAdministratorOverARestart_RefusedThenQueuedAndDoneWhenUnlocked(self):
        self.broker.start()
        properties = self.recorder("r1")
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s"], properties)
        self.assertEqual(self.broker.control("resources", "lock", "r1", "--reason", "index rebuild").returncode, 0)
        self.broker.kill()
        self.broker.start()
        self.assertEqual(self.resource("r1")["lockReason"], "index rebuild")
        self.assertEqual(self.resource("r1")["intendedState"], "RESOURCE_ONLINE")
        run = self.host(['open r1 type="Resource Broker"', "wait r1 locked=true timeout=20s",
                         "offline r1", "wait r1 pending=false timeout=20s", "close r1"], properties, exit_code=None)
        self.assertIn("locked by an administrator: index rebuild", run.logged("r1"))
        refused = [r for r in run.reports("r1") if r["state"] == "Online"]
        if refused:  # else it ended within the call, and the state is its answer
            self.assertEqual((refused[-1]["flags"], refused[-1]["app"]), (BUSY, LOCKED))
        finish = self.run_until(
            ['open r1 type="Resource Broker"', "offline r1 flags=QUEUE_ENABLED",
             "wait r1 state=Offline timeout=30s", "wait r1 locked=false timeout=20s", "close r1"], properties,
            lambda: self.broker.control_json("status").get("operationsQueued") == 1, "the offline to wait")
        table = self.broker.control("resources", "list").stdout
        self.assertIn("by an administrator: index rebuild", table)
        self.assertEqual(self.broker.control("resources", "unlock", "r1").returncode, 0)
        finish()
        self.assertEqual(self.resource("r1")["intendedState"], "RESOURCE_OFFLINE")
        self.assertEqual([r["kind"] for r in self.recorded()], ["ONLINE", "OFFLINE"])

    def test_LockOfAMisspeltResource_NotFoundAndNamed(self):
        self.broker.start()
        result = self.broker.control("resources", "lock", "mispelt", "--reason", "x")
        self.assertEqual(result.returncode, NOT_FOUND)
        self.assertIn('"mispelt" is not known', result.stderr)

    def test_OneRunAllowedAndTheClustersOwnQueue_TheSecondIsSourceThrottled(self):
        self.broker = self.make_broker(limits={"maxRunningOperations": 1}, queue={"mode": "cluster"})
        self.broker.start()
        properties = {**self.recorder("r1", OfflineScript="wait:600000"), **self.recorder("r2")}
        open_both = [f'open {name} type="Resource Broker"' for name in ("r1", "r2")]
        online = [line for name in ("r1", "r2") for line in (f"online {name}", f"wait {name} state=Online timeout=20s")]
        run = self.host([*open_both, *online, "offline r1", "offline r2 flags=QUEUE_ENABLED",
                         "wait r2 pending=false timeout=20s", "terminate r1", "close r1", "close r2"],
                        properties, exit_code=None)
        refusal = next(o for o in self.broker.control_json("operations", "list", "--resource", "r2")["operations"]
                       if o["operation"]["kind"] == "OFFLINE")["events"][-1]
        self.assertEqual(refusal["kind"], "REFUSED")
        self.assertEqual(refusal["final"]["statusFlags"], SOURCE_THROTTLED)
        self.assertEqual(refusal["final"]["win32Code"], LOCKED)
        self.assertIn("all 1 places are taken", run.logged("r2"))


if __name__ == "__main__":
    unittest.main()
