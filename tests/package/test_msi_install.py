"""A silent installation puts a broker that serves on a node, or leaves it as it was."""

import unittest

from installation import BRIDGE, DATA, INSTALL_FAILURES, InstalledTest, of_every_run

MODULES = ["generic_process", "generic_script", "generic_service"]


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
            self.install("1.0.0", "OPENADMINPORT=1", f"ADMINPORT={port}", exit_code=INSTALL_FAILURES)
        self.assert_gone()

    def test_OpenAdminPort_Installs(self):
        # The rule itself is out of sight here: Wine has no firewall.
        self.install("1.0.0", "OPENADMINPORT=1", "ADMINPORT=7444")
        self.assert_runs("1.0.0")

    def test_ConfigurationIsWrong_InstallFailsAndLeavesNoService(self):
        (self.drive / DATA).mkdir(parents=True)
        (self.drive / DATA / "broker.json").write_text('{"logLevel": "loud"}')
        self.install("1.0.0", exit_code=INSTALL_FAILURES)
        self.assertIsNone(self.service_state())
        self.assertEqual((self.drive / DATA / "broker.json").read_text(), '{"logLevel": "loud"}')


load_tests = of_every_run(Install, "test_SilentInstall_ServiceRunsAndOfflineWorksThroughTheInstalledDll")


if __name__ == "__main__":
    unittest.main()
