"""brokerctl registers the resource type in a failover cluster, which a stand-in for clusapi.dll is (clients/cluster)."""

import json
import os
import pathlib
import re
import shutil
import tempfile
import unittest

from programs import LAUNCHER, STAGE, WINDOWS, os_path, program, run

DONE, FAILED, USAGE, NO_CLUSTER, NOT_ALLOWED = 0, 1, 2, 3, 6
DOCUMENT = (pathlib.Path(__file__).parents[2] / "docs" / "cluster.md").read_text(encoding="utf-8")


@unittest.skipIf(WINDOWS, "says what happens elsewhere")
class Elsewhere(unittest.TestCase):
    def test_NoWindows_SaysSoWithTheDocumentedExitCode(self):
        for command in ("register", "unregister", "status"):
            result = run(program("brokerctl") + ["cluster", command])
            self.assertEqual((result.returncode, result.stdout), (FAILED, ""), command)
            self.assertIn("this needs Windows", result.stderr)
            said = run(program("brokerctl") + ["cluster", command, "--help"])
            self.assertIn("elsewhere it says so, with exit code 1", said.stdout)


@unittest.skipUnless(WINDOWS, "clusapi.dll is Windows'")
class Registration(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.folder / "cluster.txt"
        # As it is installed: below a folder that the environment names.
        self.bridge = self.folder / "Resource Broker" / "bridge" / "resource_bridge.dll"
        self.bridge.parent.mkdir(parents=True)
        self.bridge.touch()
        self.stand_in = STAGE / "test_resources" / "clusapi_stand_in.dll"
        self.cluster()

    def cluster(self, *lines):
        """A cluster of two nodes, and what else there is in it."""
        given = ["cluster CLUSTER1", "node NODE1 0 yes", "node NODE2 0 yes", *lines]
        self.file.write_text("".join(re.sub(r"(?<!\\) ", "\t", line).replace("\\ ", " ") + "\n" for line in given))
        self.calls_file.unlink(missing_ok=True)

    @property
    def calls_file(self):
        return self.file.with_name(self.file.name + ".calls")

    def calls(self):
        """What was called that changes a cluster."""
        return [line.split(" ")[0] for line in self.calls_file.read_text().splitlines()] if self.calls_file.exists() else []

    def run_program(self, *arguments, binary=None, exit_code=DONE, **environment):
        command = LAUNCHER + [str(binary)] if binary else program("brokerctl")
        result = run(command + ["cluster", *arguments],
                     env={**os.environ, "RESOURCE_BROKER_STAND_IN_CLUSTER": os_path(self.file), **environment})
        self.assertEqual(result.returncode, exit_code, f"{arguments}\n{result.stdout}{result.stderr}")
        return result

    def run_cluster(self, *arguments, **options):
        return self.run_program(*arguments, "--clusapi", os_path(self.stand_in), **options)

    def register(self, *arguments, **options):
        return self.run_cluster("register", "--dll", os_path(self.bridge), *arguments, **options)

    def status(self, **options):
        return json.loads(self.run_cluster("status", "-o", "json", **options).stdout)

    def numbers(self, **options):
        return {one["name"]: one["value"] for one in self.status(**options)["properties"]}

    def test_Registered_IsShownWithItsDllNodesAndNumbersAndTheSecondTimeNothingIsDone(self):
        status = self.status(exit_code=FAILED)
        self.assertFalse(status["registered"])
        self.assertIn("brokerctl cluster register", status["problems"][0])

        said = self.register("--pending-timeout-ms", "240000", "--display-name", "Broker").stdout
        self.assertIn(f'CLUSTER1: registered resource type "Resource Broker" with DLL "{os_path(self.bridge)}"', said)
        self.assertIn("CLUSTER1: PendingTimeout: 180000 -> 240000", said)
        self.assertEqual(self.calls(), ["CreateClusterResourceType", "ClusterResourceTypeControl"])
        status = self.status()
        self.assertEqual((status["cluster"], status["type"], status["displayName"], status["dll"], status["dllIsHere"]),
                         ("CLUSTER1", "Resource Broker", "Broker", os_path(self.bridge), True))
        self.assertEqual([(node["name"], node["state"], node["canHost"]) for node in status["nodes"]],
                         [("NODE1", "Up", True), ("NODE2", "Up", True)])
        self.assertEqual(self.numbers(), {"LooksAlivePollInterval": 5000, "IsAlivePollInterval": 60000,
                                          "PendingTimeout": 240000, "DeadlockTimeout": 300000})

        before = self.file.read_bytes()
        again = self.register("--pending-timeout-ms", "240000", "--display-name", "Broker").stdout
        self.assertEqual(again, "CLUSTER1: registered like that already\n")
        self.assertEqual(self.register().stdout, again)
        self.assertEqual(self.file.read_bytes(), before)
        self.assertEqual(len(self.calls()), 2)

        self.assertEqual(self.register("--is-alive-ms", "30000").stdout, "CLUSTER1: IsAlivePollInterval: 60000 -> 30000\n")
        self.assertEqual(self.numbers()["PendingTimeout"], 240000, "what was not asked for stays")

    def test_InstalledPath_IsTheDefaultAndTheEnvironmentsReferencesAreReplaced(self):
        # Wine starts a program with its own ProgramFiles; a variable of ours is passed on.
        said = self.run_cluster("register", "--dll", r"%RB_TEST_PROGRAMS%\Resource Broker\bridge\resource_bridge.dll",
                                RB_TEST_PROGRAMS=os_path(self.folder)).stdout
        self.assertIn(os_path(self.bridge), said)
        self.cluster()
        refused = self.run_cluster("register", exit_code=FAILED).stderr
        self.assertIn(r"C:\Program Files\Resource Broker\bridge\resource_bridge.dll on this node", refused)
        self.assertEqual(self.calls(), [])

    def test_DllThatIsNoFullPathOrNotThere_IsRefusedBeforeAnythingIsDone(self):
        for wrong in ("resource_bridge.dll", r"bridge\resource_bridge.dll", r"\\server\share\resource_bridge.dll"):
            self.assertIn("--dll: ", self.run_cluster("register", "--dll", wrong, exit_code=USAGE).stderr)
        self.bridge.unlink()
        self.assertIn("install Resource Broker first", self.register(exit_code=FAILED).stderr)
        self.register("--cluster", "CLUSTER1")
        self.assertFalse(self.status(exit_code=FAILED)["dllIsHere"])

    def test_TypeWithAnotherDll_IsReplacedOnlyOnRequestAndNeverWhileResourcesExist(self):
        other = ["type Resource\\ Broker Old D:\\old.dll", "number Resource\\ Broker IsAlivePollInterval 20000"]
        self.cluster(*other)
        self.assertIn("--replace", self.register(exit_code=FAILED).stderr)
        self.cluster(*other, "resource SQL Resource\\ Broker 2 NODE1 Group")
        self.assertIn('"SQL"', self.register("--replace", exit_code=FAILED).stderr)
        self.assertEqual(self.calls(), [])
        self.cluster(*other)
        self.register("--replace")
        self.assertEqual(self.calls(), ["DeleteClusterResourceType", "CreateClusterResourceType"])
        self.assertEqual((self.status()["displayName"], self.numbers()["IsAlivePollInterval"]), ("Old", 20000))

    def test_Unregister_IsRefusedWhileResourcesExistAndElseRemovesIt(self):
        there = "type Resource\\ Broker Broker C:\\x.dll"
        self.cluster(there, "resource SQL Resource\\ Broker 130 NODE2 Group")
        resource, = self.status(exit_code=FAILED)["resources"]
        self.assertEqual(resource, {"name": "SQL", "state": "OfflinePending", "node": "NODE2", "group": "Group"})
        self.assertIn('"SQL"', self.run_cluster("unregister", exit_code=FAILED).stderr)
        self.cluster(there)
        self.assertEqual(self.run_cluster("unregister").stdout, 'CLUSTER1: removed resource type "Resource Broker"\n')
        self.assertEqual(self.run_cluster("unregister").stdout, "CLUSTER1: not registered\n")
        self.assertEqual(self.calls(), ["DeleteClusterResourceType"])
        self.assertIn("--type", self.run_cluster("unregister", "--type", "Generic Service", exit_code=USAGE).stderr)

    def test_NoRight_SaysWhoMayAndNoServiceWhereToLook(self):
        self.cluster("fail OpenCluster 5")
        self.assertIn("full control of the cluster", self.register(exit_code=NOT_ALLOWED).stderr)
        self.cluster("fail OpenCluster 1753")
        self.assertIn("Start-Service ClusSvc", self.status_error(NO_CLUSTER))
        self.cluster("fail CreateClusterResourceType 5")
        self.assertIn("5 ERROR_ACCESS_DENIED", self.register(exit_code=NOT_ALLOWED).stderr)
        self.cluster()
        self.assertIn("1722 RPC_S_SERVER_UNAVAILABLE", self.register("--cluster", "CLUSTER9", exit_code=NO_CLUSTER).stderr)

    def status_error(self, exit_code):
        return self.run_cluster("status", exit_code=exit_code).stderr

    def test_PropertiesRefusedAfterTheTypeWasMade_SaysBothAndTheSameCommandFinishes(self):
        self.cluster("fail ClusterResourceTypeControl 5")
        result = json.loads(self.register("--pending-timeout-ms", "240000", "-o", "json", exit_code=FAILED).stdout)
        self.assertEqual(len(result["changes"]), 1)
        self.assertIn("5 ERROR_ACCESS_DENIED", result["problem"])
        self.file.write_text(re.sub("^fail.*\n", "", self.file.read_text(), flags=re.M))
        self.assertEqual(self.register("--pending-timeout-ms", "240000").stdout,
                         "CLUSTER1: PendingTimeout: 180000 -> 240000\n")

    def test_WithoutTheTestsOption_OnlyTheSystemsDllIsLoaded(self):
        # Where a program looks first if it does not say otherwise: beside itself, and in the current folder.
        planted = self.folder / "program"
        planted.mkdir()
        shutil.copy2(STAGE / "brokerctl.exe", planted / "brokerctl.exe")
        shutil.copy2(self.stand_in, planted / "clusapi.dll")
        said = self.run_program("status", binary=planted / "brokerctl.exe", exit_code=NO_CLUSTER).stderr
        # Wine's own clusapi.dll says of every machine that it is none of a cluster.
        self.assertIn("not installed on this machine", said)
        shown = self.run_program("status", "--clusapi", os_path(planted / "clusapi.dll"),
                                 binary=planted / "brokerctl.exe", exit_code=FAILED).stdout
        self.assertIn("CLUSTER1", shown)
        self.assertIn("--clusapi", self.run_program("status", "--clusapi", "clusapi.dll", exit_code=USAGE).stderr)

    def test_EveryCommandOfTheDocument_Works(self):
        self.register()
        commands = re.findall(r"^    brokerctl cluster (.*)$", DOCUMENT, re.M)
        self.assertGreaterEqual(len(commands), 5)
        for command in commands:
            words = [word.strip('"') for word in re.findall(r'"[^"]*"|\S+', command)]
            dll = ["--dll", os_path(self.bridge)] if words[0] == "register" and "--dll" not in words else []
            self.run_cluster(*words, *dll)


if __name__ == "__main__":
    unittest.main()
