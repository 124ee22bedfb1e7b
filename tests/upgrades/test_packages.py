"""Module packages: packed and signed by their author, staged into a broker that runs, and used by RHS."""

import json
import shutil
import subprocess
import unittest

from deployment import STAGE, WINDOWS, EndToEndTest, os_path

PROCESS_ABORTED = 1067
FAILED, USAGE, NOT_FOUND = 1, 2, 4
ONLINE_OFFLINE = ['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=30s",
                  "offline r1", "wait r1 state=Offline timeout=30s", "close r1"]


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


class Packages(EndToEndTest):
    def setUp(self):
        super().setUp()
        # What its author has on the disk.
        self.author = self.folder / "author"
        shutil.copytree(STAGE / "test_modules" / "recorder" / "1.0.0", self.author)
        self.package = self.folder / "recorder.zip"
        self.installed = self.broker.modules / "recorder" / "1.0.0"
        self.program = self.installed / ("recorder.exe" if WINDOWS else "recorder")

    def control(self, *arguments, exit_code=0):
        result = self.broker.control("modules", *arguments)
        self.assertEqual(result.returncode, exit_code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def pack(self):
        return self.control("pack", os_path(self.author), "--out", os_path(self.package))

    def stage(self, path=None, exit_code=0):
        return self.control("stage", os_path(path or self.package), exit_code=exit_code)

    def staging(self):
        return sorted((self.broker.modules / ".staging").iterdir())

    def test_PackageStagedIntoARunningBroker_RhsUsesIt(self):
        self.broker.start()
        self.pack()
        self.assertIn("recorder 1.0.0 is staged", self.stage())
        self.host(ONLINE_OFFLINE, self.recorder("r1"))
        self.assertEqual([r["kind"] for r in self.recorded()], ["ONLINE", "OFFLINE"])
        listed = json.loads((self.installed / "manifest.json").read_text())["files"]
        self.assertEqual(list(listed), [self.program.name])
        self.assertIn("recorder 1.0.0 was staged already", self.stage())
        self.assertEqual(self.staging(), [])
        self.assertIn("runs it", self.control("remove", "recorder", "1.0.0", exit_code=FAILED))

    def test_DirectoryStaged_IsPackedOnTheWayAndStaysAsItIs(self):
        before = (self.author / "manifest.json").read_bytes()
        self.broker.start()
        self.assertIn("is staged", self.stage(self.author))
        self.assertIn("was staged already", self.stage(self.author))
        self.assertEqual((self.author / "manifest.json").read_bytes(), before)
        self.control("remove", "recorder", "1.0.0")
        self.assertFalse(self.installed.exists())
        self.control("remove", "recorder", "1.0.0", exit_code=NOT_FOUND)

    def test_InstalledFileTamperedWith_NotStartedAndTheErrorNamesItUntilItIsRightAgain(self):
        self.broker.start()
        self.pack()
        self.stage()
        good = self.program.read_bytes()
        with open(self.program, "ab") as file:
            file.write(b"x")
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Failed timeout=30s", "close r1"],
                        self.recorder("r1"), exit_code=None)
        self.assertEqual(self.recorded(), [])
        last = self.broker.control_json("operations", "list", "--limit", "1")["operations"][0]["events"][-1]
        self.assertEqual((last["kind"], last["final"]["win32Code"]), ("FAILED", PROCESS_ABORTED))
        why = f"{self.program.name}: is not the file that manifest.json lists"
        self.assertIn(why, last["message"])
        self.assertIn(why, self.broker_log())
        self.assertIn(why, run.logged("r1"))
        self.assertIn(why, self.stage(exit_code=FAILED))
        self.assertEqual(self.broker.module_processes(), {})
        self.program.write_bytes(good)
        self.host(ONLINE_OFFLINE, self.recorder("r1"))
        self.assertEqual([r["kind"] for r in self.recorded()], ["ONLINE", "OFFLINE"])

    def test_SignatureRequired_OnlyWhatATrustedKeySignedIsStagedAndStarted(self):
        key, stranger = self.folder / "key.pem", self.folder / "stranger.pem"
        for file in (key, stranger):
            openssl("genpkey", "-algorithm", "ed25519", "-out", file)
        self.broker = self.make_broker(packages={"trustedKeys": [openssl("pkey", "-in", key, "-pubout")],
                                                 "requireSignature": True})
        self.broker.start()
        self.pack()
        self.assertIn("manifest.sig: is missing", self.stage(exit_code=FAILED))
        signature = self.author / "manifest.sig"
        for signer, exit_code in ((stranger, FAILED), (key, 0)):
            openssl("pkeyutl", "-sign", "-rawin", "-inkey", signer, "-in", self.author / "manifest.json",
                    "-out", signature)
            self.pack()
            said = self.stage(exit_code=exit_code)
            self.assertIn("signed by a trusted key" if exit_code == 0 else "manifest.sig: is not the signature", said)
        self.host(ONLINE_OFFLINE, self.recorder("r1"))
        # One that was copied there by hand is not run.
        self.broker.install("generic_process")
        run = self.host(['open r2 type="Resource Broker"', "online r2", "wait r2 state=Failed timeout=30s", "close r2"],
                        self.properties("r2", Module="generic_process", Executable="x"), exit_code=None)
        self.assertIn("manifest.sig: is missing", run.logged("r2"))

    def test_BrokerKilledBetweenUnpackingAndRename_TheNextOneCleansUpAndStagingItAgainWorks(self):
        self.broker = self.make_broker(faults={"allowed": True,
                                               "armed": [{"point": "package.rename", "action": "CRASH_BEFORE"}]})
        self.broker.start()
        self.pack()
        result = self.broker.control("modules", "stage", os_path(self.package))
        self.assertNotEqual(result.returncode, 0)
        self.broker.process.wait(60)
        self.assertFalse(self.installed.exists())
        self.assertNotEqual(self.staging(), [])
        self.broker = self.make_broker()
        self.broker.start()
        self.assertEqual(self.staging(), [])
        self.assertIn("is staged", self.stage())

    def test_WrongUse_ExitCode2AndAClearError(self):
        self.broker.start()
        empty = self.folder / "empty"
        empty.mkdir()
        for command in ("stage", "pack"):
            self.assertIn("manifest.json: is missing", self.control(command, os_path(empty), exit_code=USAGE))
        self.assertIn("can't be opened", self.stage(self.folder / "nowhere.zip", exit_code=USAGE))
        self.package.write_bytes(b"not a zip")
        self.assertIn("is not a zip file in order", self.stage(exit_code=USAGE))


if __name__ == "__main__":
    unittest.main()
