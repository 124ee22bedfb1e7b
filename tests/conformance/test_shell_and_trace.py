"""The shell, traces and their replay, and the switches, with test resources."""

import json
import os
import pathlib
import select
import shutil
import tempfile
import time
import unittest

from checks import test_resource
from deployment import WINDOWS, os_path, program, run

MINIMAL = ["--type", "Minimal"]


class ShellAndTrace(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def host(self, *arguments, typed="", exit_code=0):
        result = run(program("rhs_host") + list(arguments), timeout=120, input=typed)
        self.assertEqual(result.returncode, exit_code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def script(self, *lines):
        file = self.folder / "script.rhs"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return os_path(file)

    def test_LinesTyped_AreCarriedOutAndMistakesAreTold(self):
        output = self.host("shell", test_resource("minimal_resource"), *MINIMAL,
                           typed="open r1\nonline r1\nfly r1\nwait r1 state=Online\n& offline r1\n"
                                 "wait r1 state=Offline\nquit\nopen r2\n")
        self.assertIn("unknown command \"fly\"", output)
        self.assertIn("ok   state=Online", output)
        self.assertIn("ok   state=Offline", output)
        self.assertIn("< Close", output)
        self.assertNotIn("r2", output)

    @unittest.skipIf(WINDOWS, "the console itself edits lines there, and completes nothing")
    def test_TabOnATerminal_CompletesCommandsResourcesAndArguments(self):
        import pty
        process, terminal = pty.fork()
        if process == 0:
            program_path = program("rhs_host")[0]
            os.execv(program_path, [program_path, "shell", test_resource("minimal_resource"), *MINIMAL])
        seen = b""

        def until(text):
            nonlocal seen
            deadline = time.monotonic() + 30
            while text not in seen:
                self.assertLess(time.monotonic(), deadline, seen)
                if select.select([terminal], [], [], 1)[0]:
                    seen += os.read(terminal, 4096)
            seen = seen[seen.index(text) + len(text):]

        until(b"rhs> ")
        os.write(terminal, b"ope\tr1\n")
        until(b"< OpenV2 RESID")
        os.write(terminal, b"onl\tr\tfl\t0x2\n")
        until(b"OnlineV2 flags=IGNORE_RESOURCE_STATUS")
        until(b"state Online\x1b")
        os.write(terminal, b"\x10\x10\n")  # two lines back in the history
        until(b"r1 is open already")
        os.write(terminal, b"quit\n")
        until(b"failed check(s)")
        os.waitpid(process, 0)
        os.close(terminal)

    def test_TraceOfARun_IsShownAsItWasAndReplayed(self):
        script = self.script("open r1", "open r2", "& online r1", "& online r2", "join", "wait r1 state=Online",
                             "wait r2 state=Online", "offline r1 dest=NODE2 flags=0x24 in=hex:0102 reserved=7",
                             "wait r1 state=Offline", "control r1 code=0x01000005 out=4", "alive r2 expect=true")
        trace = os_path(self.folder / "run.jsonl")
        dll = ["--dll", test_resource("minimal_resource"), *MINIMAL]
        ran = self.host("trace", "record", trace, script, "--property", "r1:StepMs:dword=7", *dll)
        shown = self.host("trace", "show", trace)
        self.assertEqual(shown.split(), ran.split())
        records = [json.loads(line) for line in (self.folder / "run.jsonl").read_text(encoding="utf-8").splitlines()]
        self.assertGreater(len({record["thread"] for record in records}), 2)

        again = os_path(self.folder / "again.jsonl")
        self.host("trace", "replay", trace, *dll, "--trace", "--json", again)
        replayed = [json.loads(line) for line in (self.folder / "again.jsonl").read_text(encoding="utf-8").splitlines()]

        def calls(of, resource):
            return [{name: value for name, value in record.items()
                     if name in ("entry_point", "flags", "destination", "in", "reserved", "control_code", "out_size")}
                    for record in of if record["kind"] == "call" and record.get("resource") == resource]
        for resource in ("r1", "r2"):
            self.assertEqual(calls(replayed, resource), calls(records, resource))
        self.assertIn("r1", [record.get("resource") for record in replayed if record["kind"] == "property"])

    def test_ReplayAgainstADllThatDiffers_SaysWhatDiffers(self):
        trace = os_path(self.folder / "run.jsonl")
        script = self.script("open r1", "offline r1 flags=0x80", "wait r1 state=Offline")
        self.host("trace", "record", trace, script, "--dll", test_resource("none"), "--type", "Bad")
        output = self.host("trace", "replay", trace, "--dll", test_resource("rejects_unknown_flags"), "--type", "Bad",
                           exit_code=1)
        self.assertIn("OfflineV2 returned 87 ERROR_INVALID_PARAMETER, expected 997 ERROR_IO_PENDING", output)

    def test_PropertiesFromAFile_ReachTheDll(self):
        file = self.folder / "properties"
        file.write_text("# of r1\nr1:StepMs:dword=1\n\nr1:Lock:dword=1\n", encoding="utf-8")
        script = self.script("open r1", "online r1", "wait r1 state=Online", "expect r1 locked=true")
        self.host("run", "--dll", test_resource("minimal_resource"), *MINIMAL, "--properties", os_path(file), script)
        self.assertIn("can't be read", self.host("run", "--properties", os_path(self.folder / "none"), script,
                                                 exit_code=2))

    def test_FileThatIsNoTrace_IsRefused(self):
        (self.folder / "no.jsonl").write_text("{\"kind\": \"call\"\n", encoding="utf-8")
        self.assertIn("line 1: not a flat JSON object",
                      self.host("trace", "show", os_path(self.folder / "no.jsonl"), exit_code=2))

    def test_ResourcesOnline_ArePolledAtTheirIntervals(self):
        output = self.host("run", "--dll", test_resource("minimal_resource"), *MINIMAL, "--looks-alive-interval", "20",
                           "--is-alive-interval", "50",
                           self.script("open r1", "sleep 100ms", "online r1", "wait r1 state=Online", "sleep 400ms"))
        before, after = output.split("= state Online\n")
        self.assertNotIn("> IsAlive", before)
        self.assertGreater(after.count("> LooksAlive"), after.count("> IsAlive"))
        self.assertGreater(after.count("> IsAlive"), 2)

    def test_ResourceOfVersion1_IsDrivenByAScript(self):
        output = self.host("run", "--dll", test_resource("version1_resource"), "--type", "Version 1",
                           self.script("open r1", "online r1 expect=0", "offline r1 expect=997",
                                       "wait r1 state=Offline checkpoints=1 final-reports=1", "cancel r1 expect=120"))
        self.assertIn("Startup type=\"Version 1\"", output)
        self.assertIn("0 violation(s)", output)

    def test_FunctionThatIsNotProvided_IsNamed(self):
        output = self.host("run", "--dll", test_resource("calls_forbidden"), "--type", "Bad",
                           self.script("open r1", "looks r1"))
        self.assertIn("ClusterResourceControl of clusapi.dll was called, and is not provided", output)

    def test_TypeThatTheDllRefuses_IsToldOnceAndNothingIsChecked(self):
        output = self.host("check", test_resource("minimal_resource"), "--type", "Minimum", exit_code=3)
        self.assertIn('refuses the resource type "Minimum": StartupEx returned 5080', output)
        self.assertIn("--type", output)
        self.assertNotIn("not judged", output)

    def test_ReportsOfJunit_CountFailures(self):
        output = self.host("check", test_resource("upgrades_dll"), "--type", "Bad", "-o", "junit", "--only",
                           "fixed-control-codes,locked-mode,health", exit_code=1)
        self.assertIn('tests="3" failures="1" skipped="1"', output)
        self.assertIn('<failure message="UPGRADE_DLL returned 0', output)


if __name__ == "__main__":
    unittest.main()
