"""Lists in the documents are those of the code: properties, codes, flags, and the example of a module."""

import json
import re
import subprocess
import unittest

from deployment import program
from documents import ROOT, blocks, rows, section, text_of

PROPERTIES = text_of(ROOT / "docs" / "properties.md")
CODES = text_of(ROOT / "docs" / "error_codes.md")
MODULES = ROOT / "resource_modules"


def explanations(kind):
    result = subprocess.run(program("brokerctl") + ["-o", "json", "explain", "--list"], capture_output=True, text=True,
                            timeout=60)
    return {e.get("number", 0): e for e in json.loads(result.stdout)["explanations"] if e["kind"] == kind}


def codes(heading):
    return [int(row[0], 0) for row in rows(section(CODES, heading))]


class Properties(unittest.TestCase):
    maxDiff = None

    def test_OfTheBridge_AreThoseOfItsSettings(self):
        source = text_of(ROOT / "bridge_dll" / "settings.cc")
        header = text_of(ROOT / "bridge_dll" / "settings.h")
        read = set(re.findall(r'(?:Duration|Number|find)\("(\w+)"', source))
        documented = {row[0]: row for row in rows(section(PROPERTIES, "## Of the bridge"))}
        self.assertEqual(set(documented), read)
        most = re.search(r"kMaxInBufferBytesEver = (\d+)", header).group(1)
        ranges = re.findall(r'(?:Duration|Number)\("(\w+)", (\d+), (\w+),', source)
        self.assertEqual(len(ranges), len(read) - 2)
        for name, least, highest in ranges:
            highest = most if highest.startswith("k") else highest
            self.assertEqual(documented[name][3], f"{int(least):,} to {int(highest):,}", name)
        for name, kind, default in re.findall(r"^//   (\w+) +(REG_\w+) +(\S+)", header, re.MULTILINE):
            self.assertEqual(documented[name][1:3], [kind, default], name)
        members = dict(re.findall(r"(?:milliseconds|uint32_t) (\w+)(?:\{| = )(\d+)", header.split("struct Settings")[1]))
        values = {re.sub("_(\\w)", lambda m: m[1].upper(), f"_{name}"): int(value) for name, value in members.items()}
        for name, value in values.items():
            name = name if name == "MaxInBufferBytes" else f"{name}Ms"
            self.assertEqual(documented[name][2], f"{value:,}", name)

    def test_OfEachModule_AreThoseItReads(self):
        program_properties = text_of(MODULES / "program_properties" / "program_properties.cc")
        for name in ("generic_service", "generic_process", "generic_script"):
            sources = "".join(text_of(path) for path in (MODULES / name).glob("*.cc") if "_test" not in path.name)
            if "ReadProgramProperties" in sources:
                sources += program_properties
            accessor = r'(?:Text|TextList|Milliseconds|Number|Switch|Deadline)\("(\w+)"'
            documented = {row[0]: row[1] for row in rows(section(PROPERTIES, f"### {name}"))}
            self.assertEqual(set(documented), set(re.findall(accessor, sources)), name)
            head = text_of(MODULES / name / f"{name}.h").split("#pragma once")[0]
            self.assertEqual(set(documented), set(re.findall(r"^//   ([A-Z]\w+)  ", head, re.MULTILINE)), name)
            for property_name, default in re.findall(r"^//   ([A-Z]\w+) .*?default ([\d,]+\d|\d)", head, re.MULTILINE):
                self.assertEqual(documented[property_name], default, name)
            for property_name in re.findall(r"^//   ([A-Z]\w+) +required", head, re.MULTILINE):
                self.assertEqual(documented[property_name], "required", name)


class ErrorCodes(unittest.TestCase):
    maxDiff = None

    def test_OfTheBroker_AreThoseOfItsHeader(self):
        header = text_of(ROOT / "broker_service" / "host" / "command_line.h")
        self.assertEqual(codes("### resource_broker"), [int(n) for n in re.findall(r"kExit\w+ = (\d+);", header)])

    def test_OfRhsHost_AreThoseOfItsHeader(self):
        header = text_of(ROOT / "clients" / "rhs_host" / "run_command.h")
        enumerators = re.findall(r"^  k\w+ = (\d+),", header, re.MULTILINE)
        self.assertEqual(codes("### rhs_host"), [int(n) for n in enumerators])

    def test_OfBrokerctlFlagsAndEvents_AreExplainedInTheSameWords(self):
        for heading, kind in (("### brokerctl", "exit code"), ("## Status flags", "status flag"), ("## Events", "event")):
            known = explanations(kind)
            self.assertEqual([(int(row[0], 0), row[1], row[2]) for row in rows(section(CODES, heading))],
                             [(number, known[number]["name"], known[number]["words"]) for number in sorted(known)])

    def test_OfWin32_HaveTheNamesThatExplainKnowsAndAreThoseOfTheCode(self):
        documented = {int(row[0]): row[1] for row in rows(section(CODES, "## Win32 codes that RHS sees"))}
        known = explanations("win32")
        self.assertEqual(documented, {number: known[number]["name"] for number in documented})
        numbers = dict(re.findall(r"(k\w+) = (\d+);",
                                  text_of(ROOT / "proto" / "resource_broker" / "v1" / "win32_codes.h")))
        folders = [ROOT / "bridge_dll", *(ROOT / "broker_service").iterdir(), MODULES / "sdk", *MODULES.glob("generic_*")]
        used = {name for folder in folders for path in folder.glob("*.cc") if "_test" not in path.name
                for name in re.findall(r"win32::(k\w+)", text_of(path))}
        # Asked for by size only, or seen by nobody: OpenV2 has no memory; SetResourceLockedMode is not RHS's to see.
        used -= {"kNotEnoughMemory", "kCallNotImplemented"}
        self.assertEqual({int(numbers[name]) for name in used} - set(documented), set())


class ExampleModule(unittest.TestCase):
    def test_CodeAndManifest_AreThoseThatAreBuilt(self):
        document = text_of(ROOT / "docs" / "writing_a_module.md")
        example = MODULES / "examples" / "lock_file"
        self.assertEqual(blocks(document, "cpp"), [text_of(example / "main.cc")])
        self.assertEqual(blocks(document, "json"), [text_of(example / "manifest.json")])


if __name__ == "__main__":
    unittest.main()
