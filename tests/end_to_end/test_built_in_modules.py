"""The modules that come with the broker take real things online and offline."""

import os
import pathlib
import subprocess
import sys
import unittest

from deployment import LAUNCHER, WINDOWS, EndToEndTest, STAGE, os_path

SUBJECT_SERVICE = "Spooler"


class BuiltInModules(EndToEndTest):
    def cycle(self, name, properties, offline=""):
        return self.host([f'open {name} type="Resource Broker"', f"online {name}", f"wait {name} state=Online timeout=30s",
                          f"alive {name} expect=true", f"offline {name} {offline}", f"wait {name} state=Offline timeout=30s",
                          f"alive {name} expect=false", f"close {name}"], properties)

    def test_GenericProcess_StartsAndStopsARealProcess(self):
        self.broker.install("generic_process")
        self.broker.start()
        if WINDOWS:
            # A program that stays without reading its input.
            forever = self.folder / "forever.txt"
            forever.write_text("sleep 1000s\n")
            properties = self.properties("p", Module="generic_process", Executable=os_path(STAGE / "rhs_host.exe"),
                                         **{"Arguments:multi": f"run;{os_path(forever)}"})
            # Wine does not deliver CTRL_BREAK.
            self.cycle("p", properties, offline="flags=DUE_TO_EMBEDDED_FAILURE")
            return
        marker = self.folder / "alive"
        daemon = self.folder / "daemon.sh"
        daemon.write_text(f"echo $$ > {marker}\nexec sleep 1000\n")
        self.cycle("p", self.properties("p", Module="generic_process", Executable="/bin/sh",
                                        **{"Arguments:multi": str(daemon)}))
        self.assertFalse(pathlib.Path(f"/proc/{marker.read_text().strip()}").exists(), "it still runs")

    def test_GenericScript_RunsTheProgramForEachStep(self):
        self.broker.install("generic_script")
        self.broker.start()
        log = self.folder / "steps.log"
        if WINDOWS:
            script = self.folder / "steps.cmd"
            script.write_text(f"@echo %1>>{os_path(log)}\r\n@echo PROGRESS 50 half way\r\n@exit /b 0\r\n")
            executable, arguments = "C:\\windows\\system32\\cmd.exe", f"/c;{os_path(script)}"
        else:
            script = self.folder / "steps.py"
            script.write_text(f"import sys, json\njson.load(sys.stdin)\nopen({str(log)!r}, 'a').write(sys.argv[1] + '\\n')\n"
                              "print('PROGRESS 50 half way', flush=True)\n")
            executable, arguments = sys.executable, str(script)
        properties = self.properties("s", Module="generic_script", Executable=executable, **{"Arguments:multi": arguments})
        self.host(['open s type="Resource Broker"', "online s", "wait s state=Online timeout=30s", "offline s",
                   "wait s state=Offline timeout=30s", "close s"], properties)
        steps = log.read_text().split()
        self.assertEqual([s for s in steps if s in ("online", "offline")], ["online", "offline"])

    @unittest.skipUnless(WINDOWS, "a Windows service needs a service manager")
    def test_GenericService_StartsAndStopsAWindowsService(self):
        self.broker.install("generic_service")
        self.broker.start()
        properties = self.properties("w", Module="generic_service", ServiceName=SUBJECT_SERVICE)
        self.cycle("w", properties, offline="dest=NODE2 flags=QUEUE_ENABLED|IGNORE_NETWORK_CONNECTIVITY")
        query = subprocess.run(LAUNCHER + ["sc", "query", SUBJECT_SERVICE], capture_output=True, text=True, timeout=60)
        self.assertRegex(query.stdout, r"STATE\s*:\s*1\s+STOPPED")

    def test_GenericService_ThatDoesNotExist_FailsAndNamesIt(self):
        self.broker.install("generic_service")
        self.broker.start()
        run = self.host(['open w type="Resource Broker"', "online w", "wait w state=Failed timeout=20s", "close w"],
                        self.properties("w", Module="generic_service", ServiceName="no-such-service"))
        self.assertIn("no-such-service" if WINDOWS else "service", run.logged("w"))


if __name__ == "__main__":
    unittest.main()
