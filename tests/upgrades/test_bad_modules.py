"""What the broker does with versions of a module that do not work: operations fail with a message that names module and
version, and it serves others meanwhile."""

import unittest

from deployment import STAGE, EndToEndTest

PROCESS_ABORTED = 1067


class BadModules(EndToEndTest):
    def start_with(self, *modules):
        for name in modules:
            self.broker.install(name)
        self.broker.install("recorder")
        self.broker.start()

    def assert_serves_others(self):
        """The same broker process takes a resource of another module through its paces."""
        self.assertIsNone(self.broker.process.poll(), "the broker ended")
        self.host(['open ok type="Resource Broker"', "online ok", "wait ok state=Online timeout=20s", "offline ok",
                   "wait ok state=Offline timeout=20s", "close ok"], self.recorder("ok"))

    def assert_fails_naming(self, module, *words):
        """Online of its resource fails with 1067, and RHS's log says why in these words."""
        self.start_with(module)
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Failed timeout=30s", "close r1"],
                        self.properties("r1", Module=module))
        failed = next(line for line in run.logged("r1").splitlines() if "Online failed" in line)
        self.assertIn(f"with {PROCESS_ABORTED}", failed)
        for word in (module, "1.0.0", *words):
            self.assertIn(word, failed)
        self.assert_serves_others()

    def test_Counts_WorksAndCountsOverResources(self):
        self.start_with("counts")
        properties = {**self.properties("r1", Module="counts"), **self.properties("r2", Module="counts")}
        self.host(['open r1 type="Resource Broker"', 'open r2 type="Resource Broker"',
                   "online r1", "wait r1 state=Online timeout=20s", "online r2", "wait r2 state=Online timeout=20s",
                   "offline r1", "wait r1 state=Offline timeout=20s",
                   "control r2 code=0x01000005 out=64", f"expect r2 out={b'3'.hex()}", "close r1", "close r2"],
                  properties)

    def test_CrashesAtStart_FailsWithHowItsProcessEnded(self):
        self.assert_fails_naming("crashes_at_start", "its process ")

    def test_HealthFailsAfterItWasGood_IsAliveTurnsFalseAndOfflineStillWorks(self):
        self.start_with("fails_health")
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                   "alive r1 expect=true", "sleep 2100ms", "alive r1 expect=false", "looks r1 expect=false",
                   "offline r1", "wait r1 state=Offline timeout=20s", "close r1"],
                  self.properties("r1", Module="fails_health"))
        self.assert_serves_others()

    def test_HangsInOffline_PendsUntilTerminatedAndOthersAreServedMeanwhile(self):
        self.start_with("hangs_offline")
        _, record, finish = self.start_host(
            ['open r1 type="Resource Broker" pending-timeout=3s', "online r1", "wait r1 state=Online timeout=20s",
             "offline r1", "expect r1 last=997", "wait r1 checkpoints>=2 timeout=60s", "cancel r1", "terminate r1",
             "expect r1 pending=false", "close r1"], self.properties("r1", Module="hangs_offline"))
        self.until(lambda: self.offlines("r1") and self.offlines("r1")[0]["events"][-1]["kind"] == "PROGRESS",
                   "the module to hang")
        self.assert_serves_others()
        finish()
        self.until(lambda: self.offlines("r1")[0]["events"][-1]["kind"] == "TERMINATED", "the broker's word on its end")
        self.assertEqual(self.offlines("r1")[0]["events"][-1]["final"]["module"], "hangs_offline 1.0.0")
        self.assert_serves_others()

    def offlines(self, resource):
        operations = self.broker.control_json("operations", "list", "--resource", resource).get("operations", [])
        return [o for o in operations if o["operation"]["kind"] == "OFFLINE"]

    def test_ChoosesAnOlderProtocol_FailsWithWhatItChoseAndWhatWasOffered(self):
        self.assert_fails_naming("older_protocol", "choice.version is 0, offered was 1 to 1")

    def test_SpeaksANewerProtocolOnly_FailsWithBothRanges(self):
        self.assert_fails_naming("newer_protocol", "offered 1 to 1, this module speaks 2 to 3")

    def test_ManifestSaysANewerProtocolOnly_IsNotStartedAndFailsWithBothRanges(self):
        self.assert_fails_naming("needs_newer_broker", "it speaks 2 to 3", "the broker 1 to 1")
        self.assertNotIn("module needs_newer_broker 1.0.0: process", self.broker_log())

    def test_NewestVersionNeedsANewerBroker_TheOneBeforeServes(self):
        self.broker.install("counts")
        self.broker.install("counts", "2.0.0", source=STAGE / "test_modules" / "needs_newer_broker" / "1.0.0",
                            manifest={"name": "counts", "version": "2.0.0", "minProtocol": 2, "maxProtocol": 3,
                                      "command": "test_module", "arguments": ["--mode", "newer_protocol"]})
        self.broker.start()
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s", "close r1"],
                  self.properties("r1", Module="counts"))


if __name__ == "__main__":
    unittest.main()
