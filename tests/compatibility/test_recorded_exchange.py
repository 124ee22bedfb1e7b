"""Peers of version 1, made of the bytes they sent then: a broker to the bridge of today, a module to the broker of today."""

import json
import pathlib
import shutil
import subprocess
import unittest

from deployment import STAGE, EndToEndTest, os_path, program
from recorded_session import PROPERTIES, SCRIPT

HERE = pathlib.Path(__file__).parent
CANCELLED = 1223


class RecordedExchange(EndToEndTest):
    def test_AnswersOfAVersion1Broker_AreUnderstoodByTheBridge(self):
        recorded = subprocess.Popen([*program("test_programs/exchange_replayer"), self.bridge_address,
                                     os_path(HERE / "bridge_v1.txt")], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (recorded.kill(), recorded.communicate()))
        self.assertIn("RESOURCE-BROKER-MODULE", recorded.stdout.readline())
        run = self.host(SCRIPT, self.properties("r1", **PROPERTIES))
        self.assertIn("Attached to the broker", run.logged("r1"))
        self.assertIn("Online succeeded.", run.logged("r1"))
        self.assertIn(f"Offline was cancelled with {CANCELLED}", run.logged("r1"))
        cancelled, terminated = [run.since(call) for call in run.calls("r1", "OfflineV2")]
        finals = [r for r in cancelled if r["kind"] == "report" and not r["state"].endswith("Pending")]
        self.assertEqual(len(finals), 1, "one of the cancelled, none of the terminated")

    def test_Version1ModuleMadeOfBytes_IsDrivenByTheBroker(self):
        folder = self.broker.modules / "recorded" / "1.0.0"
        folder.mkdir(parents=True)
        replayer = next((STAGE / "test_programs").glob("exchange_replayer*"))
        shutil.copy(replayer, folder)
        shutil.copy(HERE / "module_v1.txt", folder)
        (folder / "manifest.json").write_text(json.dumps(
            {"name": "recorded", "version": "1.0.0", "minProtocol": 1, "maxProtocol": 1,
             "command": "exchange_replayer", "arguments": ["module_v1.txt"]}))
        self.broker.start()
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=30s",
                         "wait r1 locked=true timeout=20s", "alive r1 expect=true",
                         "control r1 code=0x01200001 out=64", f"expect r1 out={b'bytes'.hex()}",
                         "offline r1 dest=NODE2 flags=IGNORE_RESOURCE_STATUS in=hex:0102",
                         "wait r1 pending=false timeout=30s", "close r1"],
                        self.properties("r1", Module="recorded"))
        self.assertIn("Offline failed with 1053 (module's code 77): the recorded module can't", run.logged("r1"))
        operations = self.broker.control_json("operations", "list")["operations"]
        online = next(o for o in operations if o["operation"]["kind"] == "ONLINE")
        final = online["events"][-1]
        # Progress right before the end is told with it.
        self.assertEqual((final["kind"], final["checkpoint"]), ("SUCCEEDED", 1))
        self.assertEqual(final["final"]["module"], "recorded 1.0.0")


if __name__ == "__main__":
    unittest.main()
