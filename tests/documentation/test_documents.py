"""Documents say what is so: links lead somewhere, commands exist, those that can run here are run."""

import functools
import os
import re
import shutil
import subprocess
import unittest

from deployment import STAGE, EndToEndTest, program
from documents import DOCUMENTS, ROOT, blocks, anchors, commands, links, prose, text_of

# Commands of Windows that documents may name; there is nothing to ask here whether they exist.
WINDOWS_COMMANDS = {
    "Add-ClusterGroup", "Add-ClusterResource", "Add-ClusterResourceType", "Get-ClusterResource", "Get-ClusterParameter",
    "Get-ClusterResourceType", "Set-ClusterParameter", "Start-ClusterResource", "Stop-ClusterResource",
    "Remove-ClusterResource", "Remove-ClusterResourceType", "Format-List", "Where-Object", "Start-Process", "Start-Service",
    "Out-String", "Invoke-Expression"}
# Options of two commands that their help does not show: the service manager's, and one for tests.
HIDDEN = {("resource_broker", "run"): {"--service"}, ("brokerctl", "cluster"): {"--clusapi"}}
RUN_TIMEOUT_S = 120


@functools.lru_cache(maxsize=None)
def help_of(words):
    """Subcommands and options of a command, from its --help."""
    result = subprocess.run(program(words[0]) + [*words[1:], "--help"], stdin=subprocess.DEVNULL, capture_output=True,
                            text=True, timeout=60)
    usage = result.stdout.split("\nExamples:")[0]
    listed = usage.partition("\nSubcommands:\n")[2]
    subcommands = {name for line in re.findall(r"^  ([a-z][\w, -]*?)  ", listed, re.MULTILINE) for name in line.split(", ")}
    options = set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", "\n".join(
        line for line in usage.splitlines() if line.startswith("  -"))))
    return subcommands, options


def fault_of(command):
    """What there is not of a command; None where all is there."""
    path, options = (command[0],), set(help_of((command[0],))[1])
    if command[1:2] == ["__complete"]:
        return None
    for word in command[1:]:
        subcommands = help_of(path)[0]
        if word.startswith("-") and len(word) > 1:
            name = word.split("=")[0]
            if not re.fullmatch(r"--?[a-z][\w-]*", name):
                continue
            if name not in options | HIDDEN.get(path[:2], set()):
                return f"{' '.join(path)} has no option {name}"
        elif word in subcommands:
            path += (word,)
            options |= help_of(path)[1]
    # A value may stand where a subcommand would; but something that looks like one must be one.
    first = next((w for w in command[1:] if re.fullmatch(r"[a-z][a-z-]+", w)), None)
    if len(path) == 1 and first is not None and not any(w.startswith("-") for w in command[1:]):
        return f"{command[0]} has no command {first}"
    if len(path) == 2 and help_of(path)[0]:
        rest = command[command.index(path[1]) + 1:]
        if rest and re.fullmatch(r"[a-z-]+", rest[0]) and not rest[0].startswith("-"):
            return f"{' '.join(path)} has no command {rest[0]}"
    return None


class Documents(EndToEndTest):
    maxDiff = None

    def test_EveryLink_LeadsToAFileAndAHeading(self):
        broken, seen = [], 0
        for document in DOCUMENTS:
            for link in links(text_of(document)):
                path, _, anchor = link.partition("#")
                target = (document.parent / path).resolve() if path else document
                seen += 1
                if not target.exists() or (anchor and anchor not in anchors(text_of(target))):
                    broken.append(f"{document.relative_to(ROOT)}: {link}")
        self.assertEqual(broken, [])
        self.assertGreater(seen, 60)

    def test_EveryPathOfTheRepository_IsThere(self):
        folders = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "build"))
        missing = []
        for document in DOCUMENTS:
            for path in re.findall(rf"`((?:{folders})/[\w./-]+)`", prose(text_of(document))):
                below = [ROOT / path, document.parent / path]
                if not any(p.exists() or list(p.parent.glob(p.name + "*.*")) for p in below):
                    missing.append(f"{document.relative_to(ROOT)}: {path}")
        self.assertEqual(missing, [])

    def test_EveryDocument_IsInTheIndex(self):
        index = {(ROOT / "docs" / link.partition("#")[0]).resolve() for link in links(text_of(ROOT / "docs" / "README.md"))}
        self.assertEqual({path for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"} - index, set())
        self.assertIn("docs/README.md", text_of(ROOT / "README.md"))

    def test_EveryCommandOfOurs_Exists(self):
        wrong, seen = [], set()
        for document in DOCUMENTS:
            for command in commands(text_of(document)):
                seen.add(tuple(command[:3]))
                fault = fault_of(command)
                if fault:
                    wrong.append(f"{document.relative_to(ROOT)}: {' '.join(command)}: {fault}")
        self.assertEqual(wrong, [])
        self.assertGreater(len(seen), 60)

    def test_CommandsThatDoNotExist_AreFound(self):
        for line in ("brokerctl resurces list", "brokerctl resources unlok x", "brokerctl queue pause --resaon x",
                     "resource_broker doctor --json", "rhs_host run --dlll x"):
            found = commands(f"```sh\n{line}\n```\n")
            self.assertEqual(len(found), 1)
            self.assertIsNotNone(fault_of(found[0]), line)

    def test_EveryCommandOfPowerShell_IsKnown(self):
        unknown = set()
        for document in DOCUMENTS:
            for block in blocks(text_of(document), "powershell"):
                unknown |= set(re.findall(r"\b[A-Z][a-z]+-[A-Z]\w+", block)) - WINDOWS_COMMANDS
        self.assertEqual(unknown, set())

    def test_EveryCommandOfDev_IsListedByIt(self):
        usage = subprocess.run([str(ROOT / "dev"), "--help"], capture_output=True, text=True, timeout=60).stdout
        for document in DOCUMENTS:
            for name, option in re.findall(r"\./dev ([a-z]+)(?: (--[a-z]+))?", text_of(document)):
                self.assertRegex(usage, rf"(?m)^  {name} ", document)
                self.assertIn(option, usage, document)

    # --- What is run ---

    def run_blocks(self, document, *files):
        """All ```sh blocks of a document, in order, in one shell, with a broker where `brokerctl` finds it."""
        work = self.folder / "work"
        work.mkdir()
        for source, name in files:
            (shutil.copytree if source.is_dir() else shutil.copy)(source, work / name)
        # So that commands are those of a node: the broker's address is the default one there.
        tools = self.folder / "tools"
        tools.mkdir()
        wrapper = tools / "brokerctl"
        wrapper.write_text("#!/bin/sh\ncase \" $* \" in *' --address '*|*' context '*|*' pki '*) ;;\n"
                           f"*) set -- --address {self.admin_address} \"$@\";; esac\n"
                           f"exec {STAGE / 'brokerctl'} \"$@\"\n")
        wrapper.chmod(0o700)
        script = work / "document.sh"
        script.write_text("set -eux\n" + "\n".join(blocks(text_of(ROOT / "docs" / document), "sh")))
        environment = {**os.environ, "PATH": f"{tools}:{STAGE}:{os.environ['PATH']}", "RUN": str(self.folder / "run"),
                       "RESOURCE_BROKER_CONTEXTS": str(self.folder / "contexts.json"), "HOME": str(work)}
        result = subprocess.run(["bash", str(script)], cwd=work, env=environment, stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, errors="replace", timeout=RUN_TIMEOUT_S)
        self.assertEqual(result.returncode, 0, f"{result.stdout}{result.stderr}\n{self.broker_log()[-2000:]}")
        return result.stdout

    def test_QuickStart_TakesAResourceOnlineAndOffline(self):
        said = self.run_blocks("quick_start.md")
        self.assertIn("0 failed check(s), 0 violation(s)", said)
        self.assertRegex(said, r"Offline +sleeper +generic_process +SUCCEEDED")

    def test_WritingAModule_TriesPacksAndSignsOne(self):
        self.broker.start()
        said = self.run_blocks("writing_a_module.md", (STAGE / "example_modules" / "lock_file" / "1.0.0", "lock_file"))
        self.assertIn("0 failed check(s), 0 violation(s)", said)
        self.assertIn("BEGIN PUBLIC KEY", said)

    def test_ErrorCodes_AreExplained(self):
        self.assertIn("ERROR_CLUSTER_RESOURCE_LOCKED_STATUS", self.run_blocks("error_codes.md"))

    def test_Operating_EveryCommandWorksAndABackupIsRestored(self):
        self.broker.install("generic_process")
        self.broker.start()
        self.host(['open "SQL Gateway"', 'online "SQL Gateway"', 'wait "SQL Gateway" state=Online timeout=30s',
                   'offline "SQL Gateway"', 'wait "SQL Gateway" state=Offline timeout=30s', 'close "SQL Gateway"'],
                  self.properties("SQL Gateway", Module="generic_process", Executable="/bin/sleep",
                                  **{"Arguments:multi": "1000"}))
        said = self.run_blocks("operating.md", (self.broker.config, "broker.json"))
        self.assertIn("SQL Gateway", said)
        before = self.broker.control_json("operations", "list")
        self.broker.stop()
        data = self.folder / "data"
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (data / name).unlink(missing_ok=True)
        shutil.copy(self.folder / "work" / "journal-backup.sqlite", data / "journal.db")
        self.broker.start()
        self.assertEqual(self.broker.control_json("operations", "list"), before)
        self.assertEqual(len(before["operations"]), 2)


if __name__ == "__main__":
    unittest.main()
