"""No entry point waits for a broker that is not there, and what was pending ends all the same."""

import unittest

from deployment import EndToEndTest, complete_records

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

    def test_BrokerKilledWhilePending_CallsStayWithinTheBudgetAndTheOperationEndsOnce(self):
        self.broker.start()
        process, record, finish = self.start_host(
            ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
             "offline r1", "expect r1 last=997", "sleep 3s", "looks r1", "alive r1",
             "wait r1 state=Failed timeout=60s", "close r1"],
            self.recorder("r1", OfflineScript="wait:600000;done"))
        self.until(lambda: any(r["kind"] == "OFFLINE" for r in self.recorded()), "the module to begin")
        self.until(lambda: any(r["kind"] == "return" and r.get("entry_point") == "OfflineV2"
                               for r in complete_records(record)), "the call to return")
        self.broker.kill()
        self.broker.start()
        run = finish()
        for function in ("OfflineV2", "LooksAlive", "IsAlive"):
            self.assert_within_budget(run, "r1", function)
        # This broker keeps no journal: it does not know the operation, and must not run it again on its own.
        finals = [(r["state"], r["app"]) for r in run.since(run.calls("r1", "OfflineV2")[0])
                  if r["kind"] == "report" and not r["state"].endswith("Pending")]
        self.assertEqual(finals, [("Failed", 1067)])
        self.assertEqual(len([r for r in self.recorded() if r["kind"] == "OFFLINE"]), 1)


if __name__ == "__main__":
    unittest.main()
