"""RHS is killed while an operation of it is pending, and another one comes."""

import base64
import time
import unittest

from deployment import WINDOWS, EndToEndTest, kill_process, os_path

# A session without a connection would be kept for so long.
GRACE_S = 120


class RhsKilled(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")
        self.broker.start()
        self.go = self.folder / "go"

    def status(self):
        return self.broker.control_json("status")

    def operations(self):
        return self.broker.control_json("operations", "list").get("operations", [])

    def kill_during_offline(self, **properties):
        """An RHS that was killed while its offline of r1 runs; the id of that."""
        process, _, finish = self.start_host(
            ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s", "offline r1",
             "wait r1 state=Offline timeout=100s"], self.recorder("r1", **properties))
        self.until(lambda: [r["kind"] for r in self.recorded()] == ["ONLINE", "OFFLINE"], "the offline to run")
        session, = self.status()["sessions"]
        if not WINDOWS:  # there it is the launcher's child
            self.assertEqual(session["processId"], process.pid)
        begin = time.monotonic()
        kill_process(session["processId"])
        self.until(lambda: not self.status().get("sessions"), "the session to end", timeout=GRACE_S / 2)
        took = time.monotonic() - begin
        finish(exit_code=None)
        print(f"session gone {took * 1000:.0f} ms after the kill, one start of brokerctl included")
        self.assertLess(took, 5)
        resource, = self.status()["resources"]
        self.assertFalse(resource.get("open", False))
        self.assertEqual(resource["state"], "RESOURCE_OFFLINE_PENDING")
        newest = next(o for o in self.operations() if o["operation"]["kind"] == "OFFLINE")
        return base64.b64decode(newest["operation"]["id"]).hex()

    def assert_one_end(self, operation_id, kind):
        history = self.broker.history(operation_id)
        self.assertEqual([int(e["sequence"]) for e in history], list(range(1, len(history) + 1)))
        self.assertEqual([e["kind"] for e in history if "final" in e], [kind])

    def test_RhsKilledDuringOffline_ItsSessionEndsAtOnceAndTheOperationOnce(self):
        offline = self.kill_during_offline(OfflineScript=f"waitfile:{os_path(self.go)};done")
        self.go.touch()
        self.until(lambda: "final" in self.broker.history(offline)[-1], "the offline to end")
        self.assert_one_end(offline, "SUCCEEDED")
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                   "alive r1 expect=true", "close r1"], self.recorder("r1"))
        self.assertEqual([r["kind"] for r in self.recorded()], ["ONLINE", "OFFLINE", "ONLINE"])
        self.assert_one_end(offline, "SUCCEEDED")

    def test_NextRhsComesWhileTheOperationRuns_ItsOwnWaitsBehindIt(self):
        for flags in ("", " flags=0x1"):
            with self.subTest(flags=flags):
                self.record_file.unlink(missing_ok=True)
                self.go.unlink(missing_ok=True)
                offline = self.kill_during_offline(OfflineScript=f"waitfile:{os_path(self.go)};done")
                _, _, finish = self.start_host(
                    [f'open r1 type="Resource Broker"{flags}', "online r1",
                     "wait r1 state=Online timeout=60s", "alive r1 expect=true", "close r1"], self.recorder("r1"))
                self.until(lambda: any(o["operation"]["kind"] == "ONLINE" and o["events"][-1]["kind"] == "QUEUED"
                                       for o in self.operations()), "the online to wait")
                self.assertEqual([r["kind"] for r in self.recorded()], ["ONLINE", "OFFLINE"])
                self.go.touch()
                finish()
                self.assertEqual([r["kind"] for r in self.recorded()], ["ONLINE", "OFFLINE", "ONLINE"])
                self.assert_one_end(offline, "SUCCEEDED")


if __name__ == "__main__":
    unittest.main()
