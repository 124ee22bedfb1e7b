"""Versions and packages that are no good come while operations run: each is refused or rolled back, and the version
before serves all the time."""

import hashlib
import io
import json
import stat
import time
import unittest
import zipfile

import figures
from deployment import STAGE, WINDOWS, EndToEndTest, os_path

OLD, NEW = "1.0.0", "1.1.0"
COUNTS = STAGE / "test_modules" / "counts" / OLD
MAX_PACKAGE_BYTES = 1 << 20
# More than any test needs: its stand-in for RHS is killed when it is done.
CYCLES = 5000
TIMED_OUT = 1460


class BadVersions(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker = self.make_broker(limits={"maxEndedOperations": 100000, "maxPackageBytes": MAX_PACKAGE_BYTES})
        self.broker.install("counts")
        self.broker.start()

    def counts(self, name):
        return self.properties(name, Module="counts")

    def install(self, version, mode, **more):
        return self.broker.install("counts", version, COUNTS, {
            "name": "counts", "version": version, "minProtocol": 1, "maxProtocol": 1, "command": "test_module",
            "arguments": ["--mode", mode], **more})

    def versions(self):
        return self.broker.control_json("modules", "list", "counts")["modules"][0]

    # --- The load ---

    def load(self, names, steady=None):
        """A host that takes the resources online and offline without a pause until `end_load`, and looks closely at
        `steady`, which stays online and must be alive each time."""
        properties = {}
        for name in names + ([steady] if steady else []):
            properties.update(self.counts(name))
        script = [f'open {name} type="Resource Broker"' for name in names]
        if steady:
            script += [f'open {steady} type="Resource Broker"', f"online {steady}", f"wait {steady} state=Online timeout=30s"]
        for _ in range(CYCLES):
            for call, state in (("online", "Online"), ("offline", "Offline")):
                for name in names:
                    script += [f"{call} {name}", f"wait {name} state={state} timeout=60s"]
            if steady:
                script.append(f"alive {steady} expect=true")
        self.host_process, _, self.finish = self.start_host(script, properties)
        self.until(lambda: len(figures.operations(self.broker)) > 4, "the load to begin")

    def end_load(self):
        """The operations that had ended by then, each of them well."""
        self.assertIsNone(self.host_process.poll(), "the load ended by itself")
        now = time.time()
        self.host_process.kill()
        run = self.finish(exit_code=None)
        operations = [o for o in figures.operations(self.broker) if o["ended"] < now]
        self.assertEqual({o["kind"] for o in operations}, {"SUCCEEDED"})
        return run, operations

    def assert_served_within(self, operations, begin, end, what):
        within = [o for o in operations if begin <= o["begun"] and o["ended"] <= end]
        self.assertTrue(within, f"{what}: no operation ran meanwhile")
        self.assertEqual({o["module"] for o in within}, {f"counts {OLD}"}, what)

    # --- What never serves ---

    def test_VersionsThatCanNotServe_EachIsRefusedAndTheOldOneServesMeanwhile(self):
        newer = {"minProtocol": 2, "maxProtocol": 3}
        cases = (
            ("1.1.0", "crashes_at_start", {}, "its process "),
            ("1.2.0", "older_protocol", {}, "choice.version is 0, offered was 1 to 1"),
            ("1.3.0", "newer_protocol", {}, "offered 1 to 1, this module speaks 2 to 3"),
            ("1.4.0", "newer_protocol", newer, "speaks 2 to 3"),
            ("1.5.0", "no_such_mode", {}, "exit code 2"),
            ("1.6.0", "counts", {"command": "gone"}, "gone"),
            ("1.7.0", "counts", {"files": {self.program_file(): "0" * 64}}, "is not the file that manifest.json lists"))
        self.load(["r1", "r2"])
        for version, mode, more, _ in cases:
            self.install(version, mode, **more)
        process = self.broker.module_processes()["counts"]
        windows = []
        for version, _, _, reason in cases:
            begin = time.time()
            result = self.broker.control("modules", "activate", "counts", version)
            self.await_operation(begin)
            windows.append((begin, time.time(), version))
            self.assertNotEqual(result.returncode, 0, version)
            self.assertIn(reason, result.stderr, version)
            self.assertEqual(self.versions()["active"], OLD)
        self.until(lambda: list(self.broker.running_modules()) and len(self.broker.running_modules()) == 1,
                   "what was tried to end")
        self.assertEqual(self.broker.module_processes()["counts"], process)
        _, operations = self.end_load()
        for begin, end, version in windows:
            self.assert_served_within(operations, begin, end, version)
        self.assertEqual({o["module"] for o in operations}, {f"counts {OLD}"})

    def program_file(self):
        return "test_module.exe" if WINDOWS else "test_module"

    def await_operation(self, since):
        """One that was begun since has ended."""
        def ended():
            newest = self.broker.control_json("operations", "list", "--limit", "8").get("operations", [])
            return any(o["events"][-1]["kind"] == "SUCCEEDED" and int(o["events"][0]["timeUnixUs"]) / 1e6 > since
                       for o in newest)
        self.until(ended, "an operation to run meanwhile")

    # --- Packages ---

    def package(self, name, entries, files=None, manifest=None, data=None):
        """A .zip of these entries (name or ZipInfo to bytes) after its manifest."""
        if files is None:
            files = {"run": hashlib.sha256(b"program").hexdigest()}
        if manifest is None:
            manifest = json.dumps({"name": "counts", "version": NEW, "minProtocol": 1, "maxProtocol": 1, "command": "run",
                                   "files": files}).encode()
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
            if manifest:
                package.writestr("manifest.json", manifest)
            for entry, content in entries:
                package.writestr(entry, content)
        path = self.folder / f"{name}.zip"
        path.write_bytes(data(out.getvalue()) if data else out.getvalue())
        return path

    def bad_packages(self):
        program = ("run", b"program")
        link = zipfile.ZipInfo("link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        nothing = hashlib.sha256(b"").hexdigest()
        many = [(f"file{number}", b"") for number in range(1100)]
        yield self.package("tampered_with", [("run", b"another program")]), "run: its SHA-256 is not what manifest.json lists"
        yield self.package("unlisted", [program, ("more", b"x")]), "more"
        yield self.package("missing", []), "run"
        yield self.package("climbs", [program, ("../run", b"program")]), r"\.\./run"
        yield self.package("absolute", [program, ("/run", b"program")]), "/run"
        yield self.package("drive", [program, ("C:/run", b"program")]), "C:/run"
        yield self.package("backslash", [program, ("a\\..\\..\\run", b"program")]), "run"
        yield self.package("link", [program, (link, b"/etc/passwd")]), "link"
        yield self.package("twice", [program, ("RUN", b"program")]), "RUN"
        yield self.package("many", [program, *many], {name: nothing for name, _ in many}), "1,?000|1,?100|entries"
        yield self.package("large", [("run", bytes(3 * MAX_PACKAGE_BYTES))]), str(MAX_PACKAGE_BYTES)
        yield self.package("cut", [program], data=lambda zip_file: zip_file[:-30]), "zip"
        yield self.package("no_manifest", [program], manifest=b""), "manifest.json"
        yield self.package("no_json", [program], manifest=b"{"), "manifest.json"
        yield self.package("other_name", [program], manifest=json.dumps(
            {"name": "../counts", "version": NEW, "minProtocol": 1, "maxProtocol": 1, "command": "run"}).encode()), "name"

    def test_BadPackages_EachIsRefusedByNameAndTheOldVersionServesMeanwhile(self):
        packages = list(self.bad_packages())
        self.load(["r1", "r2"])
        windows = []
        for path, reason in packages:
            with self.subTest(package=path.stem):
                begin = time.time()
                result = self.broker.control("modules", "stage", os_path(path))
                self.await_operation(begin)
                windows.append((begin, time.time(), path.stem))
                self.assertNotEqual(result.returncode, 0)
                self.assertRegex(result.stderr, reason)
                self.assertEqual([f.name for f in (self.broker.modules / "counts").iterdir()], [OLD])
                self.assertEqual(list((self.broker.modules / ".staging").iterdir()), [])
        outside = [f for f in self.folder.rglob("run") if f.is_file()]
        self.assertEqual(outside, [])
        _, operations = self.end_load()
        for begin, end, what in windows:
            self.assert_served_within(operations, begin, end, what)
        self.assertEqual({o["module"] for o in operations}, {f"counts {OLD}"})

    # --- What serves for a while ---

    def test_HealthFailsTwoSecondsAfterTheSwitch_RolledBackAndRhsHearsNothingOfIt(self):
        self.load(["r1", "r2"], steady="steady")
        self.install(NEW, "fails_health")
        self.broker.control_json("modules", "activate", "counts", NEW)
        self.until(lambda: self.versions()["active"] == OLD, "the version before to serve again")
        rolled_back = time.time()
        self.assertIn('resource "steady" was alive before it, and is dead', self.versions()["rolledBack"])
        self.assertIn("steady", " ".join(self.broker.control_json("status")["notices"]))
        self.await_operation(rolled_back + 0.5)
        run, operations = self.end_load()
        self.assertEqual({o["module"] for o in operations}, {f"counts {OLD}", f"counts {NEW}"})
        self.assert_served_within(operations, rolled_back + 0.2, time.time(), "after the rollback")
        self.assertTrue(run.calls("steady", "IsAlive"))
        self.assertEqual([r for r in run.reports("steady") if r["state"] == "Failed"], [])
        self.assertEqual(self.versions().get("canary", ""), "")

    def test_HangsInOfflineOfACanary_RolledBackAndTheOldOneServedTheOthersAllTheTime(self):
        names = [f"r{number}" for number in range(20)]
        others = [name for name in names if figures.percentile_of(name) >= 50][:2]
        tried = next(name for name in names if figures.percentile_of(name) < 50)
        self.load(others)
        self.install(NEW, "hangs_offline", limits={"stallTimeoutMs": 1000})
        self.broker.control_json("modules", "activate", "counts", NEW, "--canary", "50%")
        begin = time.time()
        self.host([f'open {tried} type="Resource Broker" pending-timeout=30s', f"online {tried}",
                   f"wait {tried} state=Online timeout=30s", f"offline {tried}", f"wait {tried} state=Failed timeout=30s",
                   f"close {tried}"], self.counts(tried))
        self.until(lambda: not self.versions().get("canary"), "the canary's end")
        self.assertIn("an operation hung", self.versions()["rolledBack"])
        self.assertEqual(self.versions()["active"], OLD)
        end = time.time()
        hung = [o for o in figures.operations(self.broker) if o["operation"]["resource"] == tried]
        self.assertEqual(sorted(o["kind"] for o in hung), ["FAILED", "SUCCEEDED"])
        self.assertEqual({o["module"] for o in hung}, {f"counts {NEW}"})
        failed = next(o for o in hung if o["kind"] == "FAILED")
        self.assertEqual(failed["events"][-1]["final"]["win32Code"], TIMED_OUT)
        # What hung there goes offline here.
        self.host([f'open {tried} type="Resource Broker"', f"online {tried}", f"wait {tried} state=Online timeout=30s",
                   f"offline {tried}", f"wait {tried} state=Offline timeout=30s", f"close {tried}"], self.counts(tried))
        self.host_process.kill()
        self.finish(exit_code=None)
        operations = [o for o in figures.operations(self.broker) if o["operation"]["resource"] in others
                      and o["ended"] < end]
        self.assertEqual({o["kind"] for o in operations}, {"SUCCEEDED"})
        self.assert_served_within(operations, begin, end, "while it hung")


if __name__ == "__main__":
    unittest.main()
