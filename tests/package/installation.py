"""The MSI, installed, upgraded and removed in a Windows of its own, and what is seen of it there."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import packages
from deployment import LAUNCHER, STAGE, EndToEndTest, os_path

# msiexec's exit codes, of which Unix passes on the lower 8 bits. ERROR_INSTALL_FAILURE, and Wine's for a program that
# fails, ERROR_FUNCTION_FAILED.
INSTALL_FAILURES = (1603 & 0xFF, 1627 & 0xFF)
SUCCESS_REBOOT_REQUIRED = 3010 & 0xFF
PRODUCT = pathlib.PurePosixPath("Program Files/Resource Broker")
DATA = pathlib.PurePosixPath("ProgramData/ResourceBroker")
# Longer than an upgrade or a restart, in which the operation is to be pending all the time.
LONG_OFFLINE = "wait:15000;progress:60:half;wait:1000;done"
BRIDGE = r"C:\Program Files\Resource Broker\bridge\resource_bridge.dll"
SERVICE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\ResourceBroker"
EVENT_SOURCE_KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\ResourceBroker"
VERSION_KEY = r"HKLM\SOFTWARE\ResourceBroker"
ENVIRONMENT_KEY = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"


def of_every_run(test_case, *names):
    """A module's load_tests: these of a class in every run, the others in a long one, as each installs anew."""
    def load_tests(loader, tests, pattern):
        chosen = loader.getTestCaseNames(test_case) if os.environ.get("RESOURCE_BROKER_LONG_TESTS") else names
        return unittest.TestSuite(test_case(name) for name in chosen)
    return load_tests


class InstalledTest(EndToEndTest):
    """One fresh prefix for a class; each test begins without the product, and without what it leaves behind."""

    @classmethod
    def setUpClass(cls):
        cls.work = pathlib.Path(tempfile.mkdtemp(prefix="rb-package-"))
        cls.addClassCleanup(shutil.rmtree, cls.work, ignore_errors=True)
        former = os.environ.get("RESOURCE_BROKER_WINEPREFIX")
        os.environ["RESOURCE_BROKER_WINEPREFIX"] = str(cls.work / "prefix")
        cls.addClassCleanup(cls.restore_prefix, former)
        cls.drive = cls.work / "prefix" / "drive_c"
        cls.wine("start", timeout=300)
        cls.addClassCleanup(cls.wine, "stop", exit_code=None)
        cls.msis = {version: packages.build_msi(cls.work, version) for version in ("1.0.0", "1.0.1")}

    @staticmethod
    def restore_prefix(former):
        if former is None:
            del os.environ["RESOURCE_BROKER_WINEPREFIX"]
        else:
            os.environ["RESOURCE_BROKER_WINEPREFIX"] = former

    def setUp(self):
        super().setUp()
        # The installed broker's own.
        self.bridge_address = "npipe:////./pipe/resource-broker-v1"
        self.broker.admin_address = "npipe:////./pipe/resource-broker-admin-v1"
        self.broker.log = self.drive / DATA / "logs" / "resource_broker.log"
        self.addCleanup(self.remove_all)

    # --- Windows ---

    @classmethod
    def wine(cls, *arguments, exit_code=0, timeout=120):
        result = subprocess.run([*LAUNCHER, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True,
                                text=True, errors="replace", timeout=timeout)
        expected = exit_code if isinstance(exit_code, tuple) else (exit_code,)
        if exit_code is not None and result.returncode not in expected:
            raise AssertionError(f"{arguments}: exit code {result.returncode}, not {exit_code}\n{result.stdout}"
                                 f"{result.stderr}")
        return result.stdout + result.stderr

    def msiexec(self, action, msi, *properties, exit_code=0):
        """Silently. What is wrong is in the log, the end of which the failure has."""
        log = self.drive / "msiexec.log"
        with contextlib.suppress(FileNotFoundError):
            log.unlink()
        try:
            return self.wine("msiexec", action, os_path(msi), "/qn", "/l*v", r"C:\msiexec.log", *properties,
                             exit_code=exit_code, timeout=240)
        except AssertionError as error:
            text = log.read_text(errors="replace") if log.exists() else "no log"
            steps = [line for line in text.splitlines() if not line.startswith("Property(S)")]
            raise AssertionError(f"{error}\n" + "\n".join(steps[-40:])) from None

    def install(self, version, *properties, exit_code=0):
        return self.msiexec("/i", self.msis[version], *properties, exit_code=exit_code)

    def remove(self, version, *properties):
        return self.msiexec("/x", self.msis[version], *properties)

    def remove_all(self):
        for msi in self.msis.values():
            self.msiexec("/x", msi, "REMOVEDATA=1", exit_code=None)
        self.wine(STAGE / "resource_broker.exe", "uninstall", exit_code=None)
        for folder in (PRODUCT, DATA):
            shutil.rmtree(self.drive / folder, ignore_errors=True)
        for key in (EVENT_SOURCE_KEY, VERSION_KEY):
            self.wine("reg", "delete", key, "/f", exit_code=None)

    def value(self, key, name):
        """A registry value as text, None where it is not there."""
        found = re.search(rf"^ +{name} +REG_\w+ +(.*?)\r?$",
                          self.wine("reg", "query", key, "/v", name, exit_code=None), re.MULTILINE)
        return found[1] if found else None

    def has_key(self, key):
        return subprocess.run([*LAUNCHER, "reg", "query", key], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60).returncode == 0

    def files(self, folder):
        """Those below a folder of the drive, by their paths in it."""
        root = self.drive / folder
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def processes_of(self, name):
        """The processes of a program in this prefix, as Unix counts them."""
        found = []
        for folder in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                command = (folder / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
                prefix = f"WINEPREFIX={self.work}/prefix".encode()
                if command.rpartition("\\")[2] == name and prefix in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
        return found

    # --- The product ---

    def service_state(self):
        """"RUNNING", "STOPPED", or None where there is no service."""
        found = re.search(r"STATE +: \d+ +(\w+)", self.wine("sc", "query", "ResourceBroker", exit_code=None))
        return found[1] if found else None

    def serving(self):
        return int(self.broker.control_json("status")["processId"])

    def assert_runs(self, version):
        """The service runs the program of that version, and everything in the registry says so."""
        folder = rf"C:\Program Files\Resource Broker\{version}"
        self.assertEqual(self.service_state(), "RUNNING")
        self.assertIn(rf'"{folder}\resource_broker.exe" run --service --config', self.value(SERVICE_KEY, "ImagePath"))
        self.assertEqual(self.value(EVENT_SOURCE_KEY, "EventMessageFile"), rf"{folder}\resource_broker.exe")
        self.assertEqual(self.value(EVENT_SOURCE_KEY, "TypesSupported"), "0x7")
        self.assertEqual(self.value(VERSION_KEY, "Version"), version)
        path = [entry for entry in self.value(ENVIRONMENT_KEY, "PATH").split(";") if "Resource Broker" in entry]
        self.assertEqual([entry.rstrip("\\") for entry in path], [folder])
        self.assertEqual(self.files(PRODUCT), sorted([f"{version}/resource_broker.exe", f"{version}/brokerctl.exe",
                                                      "bridge/resource_bridge.dll"]))
        # By the PATH alone.
        self.assertIn("process ", self.wine("brokerctl", "status"))

    def assert_gone(self):
        self.assertIsNone(self.service_state())
        self.assertFalse((self.drive / PRODUCT).exists(), self.files(PRODUCT))
        for key in (SERVICE_KEY, EVENT_SOURCE_KEY, VERSION_KEY):
            self.assertFalse(self.has_key(key), key)
        self.assertNotIn("Resource Broker", self.value(ENVIRONMENT_KEY, "PATH"))

    def install_recorder(self):
        shutil.copytree(next(STAGE.glob("*/recorder/1.0.0")), self.drive / DATA / "modules" / "recorder" / "1.0.0")

    def start_offline(self, offline):
        """A stand-in for RHS that takes a resource online and then offline, which the module works on when this
        returns; in the background. Its process and what ends it."""
        process, _, finish = self.start_host(
            ['open r1 type="Resource Broker" pending-timeout=120s', "online r1", "wait r1 state=Online timeout=30s",
             "offline r1 dest=NODE2 flags=QUEUE_ENABLED in=text:hello", "expect r1 last=997",
             "wait r1 state=Offline timeout=120s", "expect r1 final-reports=1", "close r1"],
            self.recorder("r1", OfflineScript=offline), ("--dll", BRIDGE))
        self.until(lambda: [r for r in self.recorded() if r["kind"] == "OFFLINE"], "the offline to reach the module")
        return process, finish

    def rhs_processes(self):
        return [session["processId"] for session in self.broker.control_json("status")["sessions"]]

    def assert_offline_once(self, run):
        self.assertEqual([r["kind"] for r in self.recorded()].count("OFFLINE"), 1)
        self.assertEqual(run.reports("r1")[-1]["state"], "Offline")
