"""What the MSI's tables say, by msitools; and its signature."""

import hashlib
import json
import os
import pathlib
import shutil
import struct
import tempfile
import unittest

import packages
from deployment import STAGE
from packages import PACKAGE, run, table

ROLLBACK, COMMIT, DEFERRED, AS_SYSTEM, IGNORED = 0x100, 0x200, 0x400, 0x800, 0x40
PERMANENT, NEVER_OVERWRITE, WIN64 = 0x10, 0x80, 0x100
PROGRAM_ACTIONS = {"InstallService": "install --config \"[DataFolder]broker.json\"", "StartService": "start",
                   "TakeOver": "upgrade \"[VersionFolder]resource_broker.exe\"", "RemoveService": "uninstall",
                   "ConfigureService": "configure-service"}


class MsiTables(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-msi-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.msi = packages.build_msi(cls.folder, "1.0.0")
        cls.next = packages.build_msi(cls.folder, "1.0.1")

    def rows(self, name, key, msi=None):
        return {row[key]: row for row in table(msi or self.msi, name)}

    def property(self, name, msi=None):
        return self.rows("Property", "Property", msi)[name]["Value"]

    def test_Files_AreExactlyTheProduct(self):
        directories = self.rows("Directory", "Directory")
        components = self.rows("Component", "Component")

        def path(directory):
            row = directories[directory]
            name = directory if row["DefaultDir"] in (".", "SourceDir") else row["DefaultDir"]
            return name if row["Directory_Parent"] in ("", "TARGETDIR") else f"{path(row['Directory_Parent'])}/{name}"

        files = sorted(f"{path(components[row['Component_']]['Directory_'])}/{row['FileName']}"
                       for row in table(self.msi, "File"))
        modules = [f"CommonAppDataFolder/ResourceBroker/modules/{name}/1.0.0/{file}"
                   for name in ("generic_process", "generic_script", "generic_service")
                   for file in ("manifest.json", f"{name}.exe")]
        self.assertEqual(files, sorted(modules + [
            "CommonAppDataFolder/ResourceBroker/broker.json",
            "ProgramFiles64Folder/Resource Broker/1.0.0/brokerctl.exe",
            "ProgramFiles64Folder/Resource Broker/1.0.0/resource_broker.exe",
            "ProgramFiles64Folder/Resource Broker/bridge/resource_bridge.dll"]))

    def test_TwoVersions_AreOneProductAndShareWhatIsInNoVersionsFolder(self):
        self.assertEqual(self.property("UpgradeCode"), self.property("UpgradeCode", self.next))
        self.assertNotEqual(self.property("ProductCode"), self.property("ProductCode", self.next))
        former, later = (self.rows("Component", "Component", msi) for msi in (self.msi, self.next))
        shared = {name for name in former if former[name]["ComponentId"] == later[name]["ComponentId"]}
        self.assertEqual(set(former) - shared, {"Broker", "Brokerctl"})

    def test_UpgradeTable_FindsOlderOnesToRemoveAndNewerOnesToRefuse(self):
        rows = self.rows("Upgrade", "ActionProperty")
        self.assertEqual(rows["OLDER_DETECTED"]["VersionMax"], "1.0.0")
        self.assertEqual(rows["OLDER_DETECTED"]["Attributes"], "256")
        self.assertEqual((rows["NEWER_DETECTED"]["VersionMin"], rows["NEWER_DETECTED"]["Attributes"]), ("1.0.0", "2"))
        self.assertIn("NOT NEWER_DETECTED", self.rows("LaunchCondition", "Condition"))

    def test_Service_IsTheProgramsOwnMatterAndNobodyElseStopsOrDeletesIt(self):
        for name in ("ServiceInstall", "ServiceControl"):
            self.assertEqual(table(self.msi, name), [])
        actions = self.rows("CustomAction", "Action")
        for name, arguments in PROGRAM_ACTIONS.items():
            self.assertEqual((actions[name]["Source"], actions[name]["Target"]), ("resource_broker.exe", arguments))
            self.assertEqual(int(actions[name]["Type"]) & ~IGNORED, 18 | DEFERRED | AS_SYSTEM, name)
        # What fails there fails the installation.
        for name in ("InstallService", "StartService", "TakeOver"):
            self.assertFalse(int(actions[name]["Type"]) & IGNORED, name)
        self.assertTrue(int(actions["UndoInstallService"]["Type"]) & ROLLBACK)
        self.assertTrue(int(actions["RemoveData"]["Type"]) & COMMIT)

    def test_Sequence_TakesOverAfterTheFilesAndRemovesTheFormerVersionLast(self):
        rows = self.rows("InstallExecuteSequence", "Action")
        order = sorted(rows, key=lambda name: int(rows[name]["Sequence"]))
        for former, later in (("SetNetsh", "InstallInitialize"), ("InstallInitialize", "RemoveService"),
                              ("RemoveService", "RemoveFiles"), ("InstallFiles", "UndoInstallService"),
                              ("UndoInstallService", "InstallService"), ("InstallService", "StartService"),
                              ("PublishProduct", "TakeOver"), ("TakeOver", "InstallFinalize"),
                              ("InstallFinalize", "RemoveExistingProducts")):
            self.assertLess(order.index(former), order.index(later), f"{former} before {later}")
        for name in ("RemoveService", "RemoveData", "CloseAdminPort"):
            self.assertIn('REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE', rows[name]["Condition"])
        self.assertIn('REMOVEDATA="1"', rows["RemoveData"]["Condition"])
        self.assertEqual(rows["TakeOver"]["Condition"], "NOT Installed AND OLDER_DETECTED")
        self.assertEqual(rows["OpenAdminPort"]["Condition"], 'OPENADMINPORT="1" AND NOT REMOVE')

    def test_DataFolder_IsForSystemAdministratorsAndTheServiceAlone(self):
        parts = struct.unpack("<5I", hashlib.sha1("RESOURCEBROKER".encode("utf-16-le")).digest())
        service = "S-1-5-80-" + "-".join(map(str, parts))
        row, = table(self.msi, "MsiLockPermissionsEx")
        self.assertEqual((row["LockObject"], row["Table"]), ("DataFolder", "CreateFolder"))
        self.assertEqual(row["SDDLText"], f"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1301bf;;;{service})")
        self.assertIn({"Directory_": "DataFolder", "Component_": "Data"}, table(self.msi, "CreateFolder"))

    def test_ConfigurationAndModules_AreNeverOverwrittenNorRemovedByAnUpgrade(self):
        components = self.rows("Component", "Component")
        for name in ("Configuration", "GenericProcess", "GenericScript", "GenericService"):
            self.assertEqual(int(components[name]["Attributes"]), PERMANENT | NEVER_OVERWRITE | WIN64, name)
        # The removal of the product takes the modules, by name.
        self.assertEqual({row["FileName"] for row in table(self.msi, "RemoveFile") if row["FileName"]},
                         {"manifest.json", "generic_process.exe", "generic_script.exe", "generic_service.exe"})

    def test_Node_IsNeverRestartedAndNoProcessEndedForAFile(self):
        self.assertEqual(self.property("REBOOT"), "ReallySuppress")
        self.assertEqual(self.property("MSIRESTARTMANAGERCONTROL"), "Disable")

    def test_PublicProperties_ReachTheInstallersService(self):
        secure = self.property("SecureCustomProperties").split(";")
        self.assertLessEqual({"OPENADMINPORT", "ADMINPORT", "REMOVEDATA", "STARTSERVICE"}, set(secure))

    def test_Path_HasTheVersionsFolderForAllUsers(self):
        self.assertEqual(table(self.msi, "Environment"),
                         [{"Environment": "Path", "Name": "=-*PATH", "Value": "[~];[VersionFolder]",
                           "Component_": "Brokerctl"}])

    def test_SameSources_MakeTheSameFileAndOthersAnotherPackageCode(self):
        again = self.folder / "again"
        again.mkdir()
        self.assertEqual(packages.build_msi(again, "1.0.0").read_bytes(), self.msi.read_bytes())
        changed = packages.changed_stage(self.folder / "stage", brokerctl=lambda path: path.write_bytes(b"MZ"))
        other = packages.build_msi(again, "1.0.0", changed)

        def code(msi):
            return next(line for line in run("msiinfo", "suminfo", msi).splitlines() if line.startswith("Revision"))

        self.assertNotEqual(code(other), code(self.msi))

    def test_ModuleVersionThatARemovalDoesNotKnow_IsNotPacked(self):
        def newer(folder):
            manifest = folder / "generic_script" / "1.0.0" / "manifest.json"
            manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": "1.1.0"}))

        stage = packages.changed_stage(self.folder / "newer")
        newer(stage / "modules")
        self.assertIn("add version 1.1.0 of generic_script",
                      run("/usr/bin/python3", "-B", PACKAGE / "build_msi.py", "--stage", stage, "--version", "1.0.0",
                          "--output", self.folder / "no.msi", exit_code=1))


class Signing(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-sign-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def certificate(self):
        """A certificate for code signing made a moment ago: its PEM file, its PKCS#12 file and that one's password."""
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
            "-subj", "/CN=Resource Broker test", "-addext", "extendedKeyUsage=codeSigning")
        password = self.folder / "password"
        password.write_text("not a secret")
        store = self.folder / "certificate.p12"
        run("openssl", "pkcs12", "-export", "-in", certificate, "-inkey", key, "-out", store, "-passout",
            f"file:{password}")
        return certificate, store, password

    def test_CertificateIsNamed_ProgramsBridgeAndMsiAreSignedWithIt(self):
        certificate, store, password = self.certificate()
        output = self.folder / "packages"
        run(PACKAGE / "package.sh", STAGE, packages.NATIVE_STAGE, "1.0.0", output,
            environment={**packages.ENVIRONMENT, "RESOURCE_BROKER_SIGN_PKCS12": str(store),
                         "RESOURCE_BROKER_SIGN_PASSWORD_FILE": str(password)})
        msi = output / "resource-broker-1.0.0-x64.msi"
        extracted = self.folder / "extracted"
        run("msiextract", "-C", extracted, msi)
        files = [msi, *extracted.rglob("*.exe"), *extracted.rglob("*.dll")]
        self.assertEqual(len(files), 7)
        for file in files:
            self.assertIn("Signature verification: ok", run("osslsigncode", "verify", "-CAfile", certificate, file),
                          str(file))

    def test_NoCertificate_NothingIsSigned(self):
        program = pathlib.Path(shutil.copy(STAGE / "brokerctl.exe", self.folder))
        run(PACKAGE / "sign.sh", program)
        self.assertEqual(program.read_bytes(), (STAGE / "brokerctl.exe").read_bytes())

    def test_CertificateThatCannotBeRead_IsAnErrorThatNamesTheVariable(self):
        self.assertIn("RESOURCE_BROKER_SIGN_PKCS12: ",
                      run(PACKAGE / "sign.sh", "x", exit_code=1,
                          environment={**os.environ, "RESOURCE_BROKER_SIGN_PKCS12": str(self.folder / "none")}))

    def test_FileThatIsNoProgram_IsAnErrorThatNamesIt(self):
        _, store, password = self.certificate()
        file = self.folder / "no program.exe"
        file.write_bytes(b"MZ")
        self.assertIn("no program.exe was not signed",
                      run(PACKAGE / "sign.sh", file, exit_code=1,
                          environment={**os.environ, "RESOURCE_BROKER_SIGN_PKCS12": str(store),
                                       "RESOURCE_BROKER_SIGN_PASSWORD_FILE": str(password)}))


if __name__ == "__main__":
    unittest.main()
