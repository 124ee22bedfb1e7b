"""An MSI of a later version takes over from the one that serves, while operations run."""

import json
import shutil
import unittest

import packages
from deployment import STAGE
from installation import (DATA, INSTALL_FAILURES, LONG_OFFLINE, PRODUCT, SUCCESS_REBOOT_REQUIRED, InstalledTest,
                          of_every_run)


class Upgrade(InstalledTest):
    def test_WhileAnOperationIsPending_ItCompletesOnceAndRhsAndModuleAreTheSameProcesses(self):
        self.install("1.0.0")
        self.install_recorder()
        config = self.drive / DATA / "broker.json"
        config.write_text(json.dumps({**json.loads(config.read_text()), "logLevel": "debug"}))
        process, finish = self.start_offline(LONG_OFFLINE)
        before, rhs, modules = self.serving(), self.rhs_processes(), self.module_processes()
        self.install("1.0.1")
        self.assert_runs("1.0.1")
        self.assertIsNone(process.poll(), "RHS ended")
        pending = self.broker.control_json("operations", "list", "--pending").get("operations", [])
        self.assertEqual(len(pending), 1, "the operation must last longer")
        self.assertNotEqual(self.serving(), before)
        self.assertEqual(self.rhs_processes(), rhs)
        self.assertEqual(self.module_processes(), modules)
        self.assert_offline_once(finish())
        self.assertEqual(json.loads(config.read_text())["logLevel"], "debug")

    def module_processes(self):
        return {module["name"]: module["processId"] for module in self.broker.control_json("status")["modules"]
                if module.get("processId")}

    def test_RhsHoldsTheBridgeThatIsReplaced_ItGoesOnAndTheNewOneComesWithTheNextStart(self):
        self.install("1.0.0")
        self.install_recorder()

        def longer(bridge):
            bridge.write_bytes(bridge.read_bytes() + b"\0")

        stage = packages.changed_stage(self.folder / "stage", resource_bridge=longer)
        self.msis["1.0.2"] = packages.build_msi(self.work, "1.0.2", stage)
        process, finish = self.start_offline(LONG_OFFLINE)
        self.install("1.0.2", exit_code=SUCCESS_REBOOT_REQUIRED)
        self.assertIsNone(process.poll(), "RHS ended")
        installed = self.drive / PRODUCT / "bridge" / "resource_bridge.dll"
        self.assertEqual(installed.read_bytes(), (STAGE / "resource_bridge.dll").read_bytes())
        self.assert_offline_once(finish())
        self.wine("wineboot", "-r")
        self.assertEqual(installed.read_bytes(), (stage / "resource_bridge.dll").read_bytes())

    def test_ServiceIsStopped_TheNewVersionRunsAfterwards(self):
        self.install("1.0.0")
        self.wine("sc", "stop", "ResourceBroker")
        self.until(lambda: self.service_state() == "STOPPED", "the service to stop")
        self.install("1.0.1")
        self.assert_runs("1.0.1")

    def test_NewProgramIsNoBroker_UpgradeFailsAndTheFormerOneServesOn(self):
        self.install("1.0.0")
        stage = packages.changed_stage(self.folder / "stage",
                                       resource_broker=lambda broker: shutil.copy(STAGE / "brokerctl.exe", broker))
        self.msis["1.0.3"] = packages.build_msi(self.work, "1.0.3", stage)
        before = self.serving()
        self.install("1.0.3", exit_code=INSTALL_FAILURES)
        self.assertEqual(self.serving(), before)

    def test_OlderVersionOverANewerOne_IsRefusedAndTheNewerServesOn(self):
        self.install("1.0.1")
        before = self.serving()
        self.install("1.0.0", exit_code=INSTALL_FAILURES)
        self.assert_runs("1.0.1")
        self.assertEqual(self.serving(), before)


load_tests = of_every_run(Upgrade, "test_WhileAnOperationIsPending_ItCompletesOnceAndRhsAndModuleAreTheSameProcesses")


if __name__ == "__main__":
    unittest.main()
