"""What was installed survives a crash, is repaired, and is removed without a trace but the data."""

import json
import shutil
import unittest

from deployment import kill_process
from installation import DATA, LONG_OFFLINE, PRODUCT, InstalledTest, of_every_run


class Life(InstalledTest):
    def test_ServiceProcessKilled_RestartedAndThePendingOperationCompletes(self):
        self.install("1.0.0")
        self.install_recorder()
        process, finish = self.start_offline(LONG_OFFLINE)
        before = self.serving()
        kill_process(before)
        # Wine's service manager knows no recovery actions; with them Windows does this.
        self.until(lambda: "START_PENDING" in self.wine("sc", "start", "ResourceBroker", exit_code=None) or
                   self.service_state() == "RUNNING", "the service manager to start it again")
        self.until(lambda: self.broker.control("status").returncode == 0, "the broker to serve again")
        self.assertNotEqual(self.serving(), before)
        self.assertIsNone(process.poll(), "RHS ended")
        self.assert_offline_once(finish())

    def test_Repair_BringsBackWhatWasDeletedAndKeepsConfigurationAndProcess(self):
        self.install("1.0.0")
        before = self.serving()
        config = self.drive / DATA / "broker.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "logLevel": "debug"}))
        (self.drive / PRODUCT / "1.0.0" / "brokerctl.exe").unlink()
        shutil.rmtree(self.drive / DATA / "modules" / "generic_script")
        self.install("1.0.0", "REINSTALL=ALL", "REINSTALLMODE=omus")
        self.assert_runs("1.0.0")
        self.assertIn("modules/generic_script/1.0.0/generic_script.exe", self.files(DATA))
        self.assertEqual(self.serving(), before)
        self.assertEqual(json.loads(config.read_text())["logLevel"], "debug")

    def test_Removal_LeavesTheDataAloneWhichAReinstallFinds(self):
        self.install("1.0.0")
        self.install_recorder()
        _, finish = self.start_offline("wait:1000;done")
        finish()
        operations = self.operations()
        self.assertEqual(len(operations), 2)
        self.remove("1.0.0")
        self.assert_gone()
        left = self.files(DATA)
        self.assertIn("broker.json", left)
        self.assertIn("journal.db", left)
        self.assertIn("modules/recorder/1.0.0/recorder.exe", left)
        self.assertEqual([file for file in left if "generic_" in file and file.startswith("modules/")], [])
        self.install("1.0.0")
        self.assert_runs("1.0.0")
        self.assertEqual(self.operations(), operations)

    def operations(self):
        listed = self.broker.control_json("operations", "list")["operations"]
        return [entry["operation"]["id"] for entry in listed]

    def test_RemovalWhileAModuleWorks_ItIsAskedToStopAndNothingRunsOn(self):
        self.install("1.0.0")
        self.install_recorder()
        process, _ = self.start_offline("wait:60000;done")
        self.assertEqual(len(self.processes_of("recorder.exe")), 1)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.kill)
        self.remove("1.0.0")
        self.assertIsNone(process.poll(), "RHS ended")
        self.assertIsNone(self.service_state())
        self.assertEqual(self.processes_of("recorder.exe"), [])
        # RHS has it loaded.
        self.assertEqual(self.files(PRODUCT), ["bridge/resource_bridge.dll"])

    def test_RemovalWithItsData_LeavesNothing(self):
        self.install("1.0.0")
        self.install_recorder()
        self.remove("1.0.0", "REMOVEDATA=1")
        self.assert_gone()
        self.assertFalse((self.drive / DATA).exists(), self.files(DATA))

    def test_UpgradedAndRemoved_NothingOfEitherVersionIsLeft(self):
        self.install("1.0.0")
        self.install("1.0.1")
        self.remove("1.0.1", "REMOVEDATA=1")
        self.assert_gone()
        self.assertFalse((self.drive / DATA).exists(), self.files(DATA))


load_tests = of_every_run(Life, "test_ServiceProcessKilled_RestartedAndThePendingOperationCompletes",
                          "test_Removal_LeavesTheDataAloneWhichAReinstallFinds",
                          "test_RemovalWithItsData_LeavesNothing")


if __name__ == "__main__":
    unittest.main()
