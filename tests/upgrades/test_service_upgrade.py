"""The broker's program is replaced while operations run: by `upgrade` under the Windows service manager."""

import os
import re
import shutil
import unittest

import deployment
from deployment import LAUNCHER, WINDOWS, os_path, run
from upgraded import UpgradedTest

UPGRADES = 20 if os.environ.get("RESOURCE_BROKER_LONG_TESTS") else 3
CYCLES = 12 * UPGRADES


@unittest.skipUnless(WINDOWS, "a Windows service: test_broker_upgrade.py has the rest")
class ServiceUpgrade(UpgradedTest):
    def setUp(self):
        super().setUp()
        self.do("uninstall", exit_code=None)
        self.do("install", "--config", os_path(self.broker.config), "--start")
        self.addCleanup(self.do, "uninstall", exit_code=None)

    def do(self, *arguments, exit_code=0):
        result = run(LAUNCHER + [str(self.programs[0]), *arguments], timeout=120)
        if exit_code is not None:
            self.assertEqual(result.returncode, exit_code, f"{result.stdout}{result.stderr}\n{self.service_log()[-4000:]}")
        return result.stdout + result.stderr

    def image_path(self):
        return run(LAUNCHER + ["reg", "query", r"HKLM\System\CurrentControlSet\Services\ResourceBroker",
                               "/v", "ImagePath"]).stdout

    def assert_service(self, process_id, path):
        self.assertEqual(self.serving(), process_id)
        self.assertIn(f"RUNNING, process {process_id}", self.do("status"))
        self.assertIn(f'"{os_path(path)}" run --service --config', self.image_path())

    def test_UpgradesUnderLoad_NoOperationFailsAndModulesAreTheSame(self):
        self.upgrade_under_load(UPGRADES, CYCLES, self.assert_service)
        print("let go of all after:", re.findall(r"for an upgrade, ([0-9.]+m?s) after", self.service_log()))

    def test_ProgramDoesNotStart_TheFormerOneRunsAgain(self):
        _, finish, names = self.load(10)
        modules = self.broker.module_processes()
        running = self.serving()
        program = self.folder / "stand in.bat"
        program.write_text(f'@if "%1"=="run" exit 7\r\n@"{os_path(self.programs[1])}" %*\r\n')
        said = self.upgrade(program, "--timeout", "40", exit_code=1)
        self.assertIn("runs the program of before again", said)
        after = self.serving()
        self.assertNotEqual(after, running)
        self.assert_service(after, self.programs[0])
        self.assertEqual(self.broker.module_processes(), modules)
        self.judge_load(finish(timeout=600), names)

    def test_PathIsNoBroker_RefusedAndTheServiceGoesOn(self):
        running = self.serving()
        said = self.upgrade(shutil.copy2(deployment.STAGE / "rhs_host.exe", self.folder), exit_code=1)
        self.assertIn("is no resource_broker", said)
        self.assert_service(running, self.programs[0])

    def test_ServiceIsStopped_ItIsStartedWithTheNewProgram(self):
        self.do("stop")
        self.upgrade(self.programs[1])
        self.assert_service(self.serving(), self.programs[1])

    def test_ServiceIsStoppedAndTheNewProgramDoesNotStart_ItKeepsItsProgram(self):
        self.do("stop")
        program = self.folder / "stand in.bat"
        program.write_text(f'@if "%1"=="run" exit 7\r\n@"{os_path(self.programs[1])}" %*\r\n')
        said = self.upgrade(program, "--timeout", "20", exit_code=5)
        self.assertIn("is the one of before", said)
        self.assertIn(f'"{os_path(self.programs[0])}" run --service', self.image_path())

    def test_ServiceIsStoppedByAnybody_ModulesStopAsWell(self):
        _, finish, _ = self.load(1)
        finish()
        self.do("stop")
        self.assertEqual(self.broker.module_processes(), {})


if __name__ == "__main__":
    unittest.main()
