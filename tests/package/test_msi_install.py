"""An MSI puts the broker on a node, upgrades it while operations run, and removes it without a trace but the data."""

import json
import shutil
import unittest

import packages
from deployment import STAGE, kill_process
from installation import (BRIDGE, DATA, INSTALL_FAILURE, PRODUCT, SUCCESS_REBOOT_REQUIRED, InstalledTest)

MODULES = ["generic_process", "generic_script", "generic_service"]
# Longer than an upgrade, in which the operation is to be pending all the time.
LONG_OFFLINE = "wait:15000;progress:60:half;wait:1000;done"


class Install(InstalledTest):
    def test_SilentInstall_ServiceRunsAndOfflineWorksThroughTheInstalledDll(self):
        self.install("1.0.0")
        self.assert_runs("1.0.0")
        self.assertEqual([file for file in self.files(DATA) if file.startswith("modules/")],
                         sorted(f"modules/{name}/1.0.0/{file}" for name in MODULES
                                for file in ("manifest.json", f"{name}.exe")))
        self.install_recorder()
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=30s",
                         "offline r1 dest=NODE2 flags=QUEUE_ENABLED in=text:hello",
                         "wait r1 state=Offline timeout=30s", "close r1"],
                        self.recorder("r1"), ("--dll", BRIDGE))
        self.assertEqual(run.exit_code, 0)
        offline = next(r for r in self.recorded() if r["kind"] == "OFFLINE")
        self.assertEqual((offline["destination_node"], offline["flags"], offline["in_buffer"]["size"]),
                         ("NODE2", 0x4, 5))

    def test_BuiltInModule_TakesAWindowsServiceOnlineAndOffline(self):
        self.install("1.0.0")
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=60s",
                   "offline r1", "wait r1 state=Offline timeout=60s", "close r1"],
                  self.properties("r1", Module="generic_service", ServiceName="Spooler"), ("--dll", BRIDGE))
        self.assertIn("STOPPED", self.wine("sc", "query", "Spooler"))

    def test_WithoutStart_TheServiceIsInstalledAndStopped(self):
        self.install("1.0.0", "STARTSERVICE=0")
        self.assertEqual(self.service_state(), "STOPPED")

    def test_PortThatIsNone_IsRefusedAndNothingIsInstalled(self):
        for port in ("0", "65536", "http"):
            self.install("1.0.0", "OPENADMINPORT=1", f"ADMINPORT={port}", exit_code=INSTALL_FAILURE)
        self.assert_gone()

    def test_OpenAdminPort_Installs(self):
        # The rule itself is out of sight here: Wine has no firewall.
        self.install("1.0.0", "OPENADMINPORT=1", "ADMINPORT=7444")
        self.assert_runs("1.0.0")

    def test_ConfigurationIsWrong_InstallFailsAndLeavesNoService(self):
        (self.drive / DATA).mkdir(parents=True)
        (self.drive / DATA / "broker.json").write_text('{"logLevel": "loud"}')
        self.install("1.0.0", exit_code=INSTALL_FAILURE)
        self.assertIsNone(self.service_state())
        self.assertEqual((self.drive / DATA / "broker.json").read_text(), '{"logLevel": "loud"}')


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
        self.install("1.0.3", exit_code=INSTALL_FAILURE)
        self.assertEqual(self.serving(), before)

    def test_OlderVersionOverANewerOne_IsRefusedAndTheNewerServesOn(self):
        self.install("1.0.1")
        before = self.serving()
        self.install("1.0.0", exit_code=INSTALL_FAILURE)
        self.assert_runs("1.0.1")
        self.assertEqual(self.serving(), before)


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
        _, finish = self.start_offline("done")
        finish(exit_code=None)
        operations = [o["id"] for o in self.broker.control_json("operations", "list")["operations"]]
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
        self.assertEqual([o["id"] for o in self.broker.control_json("operations", "list")["operations"]], operations)

    def test_RemovalWhileAModuleWorks_ItIsAskedToStopAndNothingRunsOn(self):
        self.install("1.0.0")
        self.install_recorder()
        process, finish = self.start_offline("wait:60000;done")
        self.remove("1.0.0")
        self.assert_gone()
        self.assertIsNone(process.poll(), "RHS ended")
        process.kill()
        self.assertNotIn("recorder", self.wine("tasklist"))

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


if __name__ == "__main__":
    unittest.main()
