"""A module without the SDK, in another language (tests/modules/node_counter), does all that RHS may ask of it.

Natively only: there is no node under Wine (tests/CMakeLists.txt leaves the test out on Windows). `npm ci` has been run in
the staged module before, by the test upgrades.node_counter_packages.
"""

import base64
import unittest

from deployment import EndToEndTest, complete_records

CANCELLED = 1223
# A step so long that the operation runs until somebody ends it.
ENDLESS = {"StepMs:dword": "600000"}


class ForeignModule(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("node_counter")
        self.broker.start()

    def counter(self, resource, **properties):
        return self.properties(resource, Module="node_counter", **properties)

    def operation(self, kind):
        """The newest operation of that kind, as the broker has it."""
        operations = self.broker.control_json("operations", "list").get("operations", [])
        return max((o for o in operations if o["operation"]["kind"] == kind),
                   key=lambda o: int(o["events"][0]["timeUnixUs"]))

    def messages(self, kind):
        history = self.broker.history(base64.b64decode(self.operation(kind)["operation"]["id"]).hex())
        return [e["message"] for e in history if e["kind"] == "PROGRESS"]

    def test_OnlineAndOffline_ReportProgressAndSucceed(self):
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=30s",
                         "alive r1 expect=true", "looks r1 expect=true",
                         'offline r1 dest=NODE2 flags=QUEUE_ENABLED in=hex:0102', "wait r1 state=Offline timeout=30s",
                         "alive r1 expect=false", "control r1 code=0x01000005 out=64 expect=1", "close r1"],
                        self.counter("r1", **{"Steps:dword": "3", "StepMs:dword": "200"}))
        self.assertEqual(self.messages("ONLINE"), ["at 1", "at 2", "at 3"])
        self.assertEqual(self.messages("OFFLINE"), ["at 2", "at 1", "at 0"])
        final = self.operation("OFFLINE")["events"][-1]
        self.assertEqual((final["kind"], final["final"]["module"]), ("SUCCEEDED", "node_counter 1.0.0"))

    def test_CancelledWhileItRuns_EndsWith1223(self):
        self.host(['open r1 type="Resource Broker" pending-timeout=3s', "online r1", "expect r1 last=997",
                   "wait r1 checkpoints>=1 timeout=30s", "cancel r1", "wait r1 pending=false timeout=30s", "close r1"],
                  self.counter("r1", **ENDLESS))
        final = self.operation("ONLINE")["events"][-1]
        self.assertEqual((final["kind"], final["final"]["win32Code"]), ("CANCELLED", CANCELLED))

    def test_TerminatedWhileItRuns_EndsAtOnceAndAnotherResourceGoesOnline(self):
        properties = {**self.counter("r1", **ENDLESS), **self.counter("r2")}
        self.host(['open r1 type="Resource Broker" pending-timeout=3s', 'open r2 type="Resource Broker"', "online r1",
                   "expect r1 last=997", "wait r1 checkpoints>=1 timeout=30s", "terminate r1",
                   "expect r1 pending=false", "alive r1 expect=false",
                   "online r2", "wait r2 state=Online timeout=30s", "close r1", "close r2"], properties)
        events = [o["events"][-1]["kind"] for o in self.broker.control_json("operations", "list")["operations"]]
        self.assertEqual(sorted(events), ["SUCCEEDED", "TERMINATED"])

    def test_DiesByItself_HealthTurnsFalseAndTheLogSaysWhy(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=30s",
                         "sleep 1500ms", "looks r1 expect=false", "alive r1 expect=false", "close r1"],
                        self.counter("r1", **{"HealthyMs:dword": "300"}))
        self.assertIn("no longer alive: it has counted for 300 ms", run.logged("r1"))

    def test_PropertyOutOfItsRange_FailsWith87AndNamesIt(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Failed timeout=30s", "close r1"],
                        self.counter("r1", **{"Steps:dword": "0"}))
        self.assertIn("with 87", run.logged("r1"))
        self.assertIn("Steps: must be 1 to 1000", run.logged("r1"))

    def test_BrokerKilledWhileItRuns_TheModuleLivesOnAndTheOperationEndsOnce(self):
        _, record, finish = self.start_host(
            ['open r1 type="Resource Broker" pending-timeout=3s', "online r1", "expect r1 last=997", "wait r1 state=Online timeout=60s",
             "close r1"], self.counter("r1", **{"Steps:dword": "6", "StepMs:dword": "1000"}))
        self.until(lambda: any(r["kind"] == "report" for r in complete_records(record)) and self.messages("ONLINE"),
                   "progress")
        module = self.broker.module_processes()["node_counter"]
        self.broker.kill()
        self.broker.start()
        run = finish()
        self.assertEqual([r["state"] for r in run.reports("r1") if r["state"] != "OnlinePending"], ["Online"])
        self.assertEqual(self.messages("ONLINE"), [f"at {n}" for n in range(1, 7)])
        self.assertEqual(self.broker.module_processes()["node_counter"], module)

    def test_BrokerStops_TheModuleEndsInOrder(self):
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=30s", "close r1"],
                  self.counter("r1"))
        self.broker.stop()
        self.assertIn("module node_counter 1.0.0: ended with exit code 0", self.broker_log())


if __name__ == "__main__":
    unittest.main()
