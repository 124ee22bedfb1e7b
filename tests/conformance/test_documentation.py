"""docs/rhs_host.md says what rhs_host does: its sessions are run, its tables compared."""

import json
import pathlib
import re
import shlex
import shutil
import tempfile
import unittest

from programs import STAGE, WINDOWS, program, run

DOCUMENT = (pathlib.Path(__file__).parents[2] / "docs" / "rhs_host.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def rows(heading):
    """The cells of the table below a heading, without backquotes."""
    section = DOCUMENT.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip().replace("`", "") for cell in line.strip("|").split(" | ")] for line in lines]


def without_numbers(line):
    """Times, thread switches and handles differ from run to run."""
    return re.sub(r"\s+", " ", re.sub(r"\d+(\.\d+)?", "#", line)).strip()


class Documentation(unittest.TestCase):
    maxDiff = None

    def run_host(self, *arguments, folder=None):
        return run(program("rhs_host") + list(arguments), timeout=300, cwd=folder)

    def test_EverySession_IsAsItIsPrinted(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        shutil.copy(STAGE / "test_resources" / ("minimal_resource.dll" if WINDOWS else "minimal_resource.so"),
                    folder / "my_resource.dll")
        for script in blocks("rhs"):
            (folder / script.splitlines()[0].lstrip("# ")).write_text(script, encoding="utf-8")
        commands = 0
        for session in blocks("console"):
            for part in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
                command, _, printed = part.partition("\n")
                words = shlex.split(command)
                self.assertEqual(words[0], "rhs_host")
                result = self.run_host(*words[1:], folder=folder)
                self.assertEqual(result.returncode, 0, f"{command}\n{result.stdout}{result.stderr}")
                said = [without_numbers(line) for line in result.stdout.splitlines()]
                for line in printed.splitlines():
                    if line.strip() not in ("", "…"):
                        self.assertIn(without_numbers(line), said, command)
                commands += 1
        self.assertGreater(commands, 4)

    def test_TableOfChecks_IsTheListOfChecks(self):
        listed = [json.loads(line) for line in
                  self.run_host("check", "--list", "-o", "json").stdout.splitlines()]
        self.assertEqual(rows("The checks"),
                         [[str(c["point"]), c["check"], c["rule"], c["source"]] for c in listed])
        self.assertEqual([c["point"] for c in listed], list(range(1, 41)))

    def test_TableOfQuestions_IsTheListOfQuestions(self):
        listed = re.findall(r"^(\S+)=(\S+)  \(question (\d+)\)\n    (.*)$", self.run_host("questions").stdout,
                            re.MULTILINE)
        self.assertEqual(rows("What nobody says about RHS"),
                         [[number, name, ", ".join(choices.split("|")), text]
                          for name, choices, number, text in listed])
        self.assertEqual({number for _, _, number, _ in listed}, set("12345678"))


if __name__ == "__main__":
    unittest.main()
