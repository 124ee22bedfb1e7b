"""A large module package whose upload breaks off at random points."""

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import time
import unittest
import zipfile

from nodes import DONE, RemoteTest, native_program

MIB = 1 << 20


class InterruptedUpload(RemoteTest):
    def package(self, megabytes):
        """A package of random bytes, which can't be compressed."""
        folder = self.folder / "author"
        folder.mkdir()
        # Any module will do: it is not started.
        source = self.one.install("recorder")
        shutil.copytree(source, folder, dirs_exist_ok=True)
        with open(folder / "data.bin", "wb") as data:
            for _ in range(megabytes):
                data.write(random.randbytes(MIB))
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["version"] = "2.0.0"
        manifest["files"] = {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
                             for path in folder.rglob("*") if path.is_file() and path.name != "manifest.json"}
        (folder / "manifest.json").write_text(json.dumps(manifest))
        path = self.folder / "large.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(folder.rglob("*")):
                archive.write(file, file.relative_to(folder))
        return path

    def test_UploadKilledAtRandomPoints_NothingHalfIsThereAndRepeatedItWorks(self):
        seed = int(os.environ.get("RESOURCE_BROKER_TEST_SEED", random.randrange(1 << 30)))
        print(f"seed {seed}")
        random.seed(seed)
        self.one = self.node("n1").start()
        path = self.package(100)
        installed = self.one.modules / "recorder" / "2.0.0"
        command = native_program("brokerctl") + ["--node", self.one.address, *self.credentials("alice"), "modules",
                                                 "stage", str(path)]
        began = time.monotonic()
        for _ in range(5):
            with open(self.folder / "upload.log", "wb") as log:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            # A point in the file, not in time: after so many percent as it says itself.
            wanted = random.randrange(0, 90, 10)
            self.until(lambda: process.poll() is not None or any(
                int(percent) >= wanted for percent in re.findall(rb"(\d+) ?%", (self.folder / "upload.log").read_bytes())),
                       f"{wanted} %", timeout=120)
            self.assertIsNone(process.poll(), (self.folder / "upload.log").read_text())
            process.kill()
            process.wait()
            self.assertFalse(installed.exists())
            versions = self.remote([self.one], "alice", "modules", "versions").stdout
            self.assertNotIn("2.0.0", versions)
        self.until(lambda: not list((self.one.modules / ".staging").iterdir()), "what was left of them to go")
        said = self.remote([self.one], "alice", "modules", "stage", str(path), timeout=300)
        print(f"5 uploads killed and one done in {time.monotonic() - began:.1f} s")
        percents = [int(percent) for percent in re.findall(r"(\d+) ?%", said.stderr)]
        self.assertEqual(percents, sorted(percents))
        self.assertEqual(percents[-1], 100)
        self.assertTrue((installed / "data.bin").stat().st_size == 100 * MIB)
        self.assertIn("2.0.0", self.remote([self.one], "alice", "modules", "versions").stdout)


if __name__ == "__main__":
    unittest.main()
