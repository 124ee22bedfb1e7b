"""The .deb with the Linux clients, and the .zip for Windows."""

import os
import pathlib
import shutil
import tempfile
import unittest
import zipfile

import packages
from deployment import STAGE
from packages import PACKAGE, run

NAME = "resource-broker-clients"


class DebianPackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-deb-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run(PACKAGE / "build_deb.sh", packages.NATIVE_STAGE, "1.0.0", cls.folder)
        cls.deb = next(cls.folder.glob(f"{NAME}_1.0.0_*.deb"))
        cls.tree = cls.folder / "tree"
        run("dpkg-deb", "-x", cls.deb, cls.tree)

    def test_Lintian_FindsNothing(self):
        said = run("lintian", "--allow-root", "--fail-on", "error,warning", "--tag-display-limit", "0", self.deb)
        self.assertEqual([line for line in said.splitlines() if line[:2] in ("E:", "W:", "O:")], [])

    def test_Programs_RunFromThePackage(self):
        project = (packages.SOURCES / "CMakeLists.txt").read_text().partition("VERSION 3.25")[2]
        version = project.partition("VERSION ")[2].split()[0]
        for program in ("brokerctl", "rhs_host"):
            self.assertEqual(run(self.tree / "usr/bin" / program, "--version").strip(), f"{program} {version}")

    def test_Dependencies_AreTheLibrariesTheProgramsNeed(self):
        depends = run("dpkg-deb", "-f", self.deb, "Depends")
        for library in ("libgrpc++", "libprotobuf", "libstdc++6", "libc6"):
            self.assertIn(library, depends)

    def test_Installed_DpkgKnowsItAndRemovesIt(self):
        root = self.folder / "root"
        (root / "var/lib/dpkg/info").mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        # Its dependencies are another system's.
        options = (f"--root={root}", "--force-depends", "--force-not-root", f"--log={self.folder}/dpkg.log")
        run("dpkg", *options, "--install", self.deb)
        self.assertTrue((root / "usr/bin/brokerctl").exists())
        self.assertEqual(run("dpkg", *options, "--verify", NAME), "")
        run("dpkg", *options, "--purge", NAME)
        self.assertFalse((root / "usr/bin").exists())

    def test_Completions_AreThoseOfTheProgram(self):
        share = self.tree / "usr/share"
        for shell, file in (("bash", "bash-completion/completions/brokerctl"),
                            ("fish", "fish/vendor_completions.d/brokerctl.fish"),
                            ("zsh", "zsh/vendor-completions/_brokerctl")):
            script = run(self.tree / "usr/bin/brokerctl", "completion", shell)
            self.assertTrue((share / file).read_text().startswith(script), shell)

    def test_Manuals_SayWhatEachProgramIs(self):
        for program in ("brokerctl", "rhs_host"):
            text = run("man", "-l", self.tree / f"usr/share/man/man1/{program}.1.gz",
                       environment={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"})
            self.assertIn(f"{program} - ", text)
            self.assertIn("Exit codes: 0", " ".join(text.split()))

    def test_SameSources_MakeTheSameFile(self):
        again = self.folder / "again"
        run(PACKAGE / "build_deb.sh", packages.NATIVE_STAGE, "1.0.0", again)
        self.assertEqual((again / self.deb.name).read_bytes(), self.deb.read_bytes())


class WindowsZip(unittest.TestCase):
    def test_Zip_HasTheProgramsAndTheStandInApart(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "x.zip"
            run(PACKAGE / "build_zip.sh", STAGE, packages.NATIVE_STAGE / "brokerctl", "1.0.0", file)
            names = {name.partition("/")[2] for name in zipfile.ZipFile(file).namelist()}
        self.assertLessEqual({"resource_broker.exe", "brokerctl.exe", "bridge/resource_bridge.dll",
                              "rhs_host/rhs_host.exe", "rhs_host/clusapi.dll", "completion/brokerctl.ps1",
                              "modules/generic_service/1.0.0/manifest.json", "docs/install.md"}, names)
        # Beside another program it would be loaded in place of the system's.
        self.assertEqual([name for name in names if name.endswith("clusapi.dll")], ["rhs_host/clusapi.dll"])


if __name__ == "__main__":
    unittest.main()
