"""No entry point waits for a broker that is not there, and what was pending ends all the same."""

import unittest

from deployment import EndToEndTest, complete_records, kill_process

BUDGET_MS = 250


class BrokerAbsent(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")

    def assert_within_budget(self, run, resource, function):
        for call in run.calls(resource, function):
            self.assertLess(call["duration_ms"], BUDGET_MS, call)

    def test_BrokerStopped_EntryPointsReturnWithinTheBudget(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "expect r1 last=997", "looks r1", "alive r1",
                         "control r1 code=0x01000005 out=64", "terminate r1", "close r1"], self.recorder("r1"))
        for function in ("OpenV2", "OnlineV2", "LooksAlive", "IsAlive", "ResourceControl"):
            self.assertEqual(len(run.calls("r1", function)), 1, function)
            self.assert_within_budget(run, "r1", function)

    def test_BrokerStopped_OfflinePendsAndFailsAfterTheReconnectTimeout(self):
        run = self.host(['open r1 type="Resource Broker"', "offline r1", "expect r1 last=997",
                         "wait r1 state=Failed timeout=30s", "close r1"],
                        self.recorder("r1", **{"ReconnectTimeoutMs:dword": "1500"}))
        self.assertEqual(run.reports("r1")[-1]["app"], 1062)
        self.assert_within_budget(run, "r1", "OfflineV2")

    def test_BrokerStartedLate_PendingOfflineRunsOnceAndEnds(self):
        process, record, finish = self.start_host(
            ['open r1 type="Resource Broker"', "offline r1", "expect r1 last=997", "wait r1 state=Offline timeout=60s",
             "close r1"], self.recorder("r1"))
        self.until(lambda: any(r["kind"] == "return" and r.get("entry_point") == "OfflineV2"
                               for r in complete_records(record)), "the call to return")
        self.broker.start()
        run = finish()
        self.assert_within_budget(run, "r1", "OfflineV2")
        self.assertEqual([r["state"] for r in run.reports("r1") if not r["state"].endswith("Pending")], ["Offline"])
        self.assertEqual(len(self.recorded()), 1)

    def start_pending_offline(self, script, end, **properties):
        """A host whose OfflineV2 is pending in a module that works by `script`; it waits for the state `end`."""
        self.broker.start()
        _, record, finish = self.start_host(
            ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
             "offline r1", "expect r1 last=997", "sleep 3s", "looks r1", "alive r1",
             f"wait r1 state={end} timeout=60s", "close r1"],
            self.recorder("r1", OfflineScript=script, **properties))
        self.until(lambda: any(r["kind"] == "OFFLINE" for r in self.recorded()), "the module to begin")
        self.until(lambda: any(r["kind"] == "return" and r.get("entry_point") == "OfflineV2"
                               for r in complete_records(record)), "the call to return")
        return finish

    def assert_ends_once(self, run, final):
        for function in ("OfflineV2", "LooksAlive", "IsAlive"):
            self.assert_within_budget(run, "r1", function)
        finals = [(r["state"], r["app"]) for r in run.since(run.calls("r1", "OfflineV2")[0])
                  if r["kind"] == "report" and not r["state"].endswith("Pending")]
        self.assertEqual(finals, [final])
        self.assertEqual(len([r for r in self.recorded() if r["kind"] == "OFFLINE"]), 1)

    def test_BrokerKilledWhilePending_TheOperationGoesOnInItsModuleAndEndsOnce(self):
        finish = self.start_pending_offline("progress:1:one;wait:4000;progress:2:two;done", "Offline")
        module = self.broker.module_processes()["recorder"]
        self.broker.kill()
        self.broker.start()
        run = finish()
        self.assert_ends_once(run, ("Offline", 0))
        self.assertEqual(self.broker.module_processes()["recorder"], module)
        history = self.broker.history(self.recorded()[-1]["operation_id"])
        self.assertEqual([e["sequence"] for e in history], [str(n) for n in range(1, len(history) + 1)])
        self.assertEqual([e["message"] for e in history if e["kind"] == "PROGRESS"], ["one", "two"])
        self.assertEqual(history[-1]["kind"], "SUCCEEDED")

    def test_BrokerKilledTwiceAndItsModuleMeanwhile_TheOperationFailsOnceAndIsNotRepeated(self):
        finish = self.start_pending_offline("wait:600000;done", "Failed")
        module = self.broker.module_processes()["recorder"]
        self.broker.kill()
        kill_process(module)
        self.broker.start()
        self.broker.kill()
        self.broker.start()
        self.assert_ends_once(finish(), ("Failed", 1067))


if __name__ == "__main__":
    unittest.main()
