"""What the broker's log says of operations, and what it never says: the id is on every line about one, and what an
InBuffer or a property holds is nowhere."""

import base64
import hashlib
import json
import os
import re
import unittest

from deployment import PATIENT, STAGE, WINDOWS, EndToEndTest, os_path

IN_BUFFER_MARKER = "InBufferMarker-5d1f"
PROPERTY_MARKER = "PropertyMarker-77ab"
# What a resource's lines are about that is no operation: its opening and closing at a module, locks, a terminate of one
# that has nothing to do, its state in the journal.
OF_THE_RESOURCE = re.compile(r"CloseResource|OpenResource|locked by an administrator|is terminated: |Terminate"
                             r"|did not confirm the terminate|journal took no write of its state|audit: ")


class LogContents(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")

    def log_files(self):
        return [p for p in (self.folder / "data" / "logs").rglob("*") if p.is_file()]

    def run_all_kinds(self, in_buffer):
        """Operations that succeed, fail, are refused, cancelled and terminated."""
        quoted = in_buffer.encode().hex()
        properties = {**self.recorder("good", Password=PROPERTY_MARKER),
                      **self.recorder("bad", Password=PROPERTY_MARKER, OfflineScript="fail:5:no"),
                      **self.recorder("hangs", Password=PROPERTY_MARKER, OfflineScript="wait:600000"),
                      **self.recorder("crashes", Password=PROPERTY_MARKER, OfflineScript="crash"),
                      **self.recorder("refused", Password=PROPERTY_MARKER)}
        names = ("good", "bad", "hangs", "refused", "crashes")
        # One that fails takes the whole script's exit code with it; what is of interest is in the log.
        self.host([line for name in names for line in
                   (f'open {name} type="Resource Broker"', f"online {name}", f"wait {name} state=Online timeout=20s")],
                  properties, exit_code=None)
        self.assertEqual(self.broker.control("resources", "lock", "refused", "--reason", "test").returncode, 0)
        script = [f'open {name} type="Resource Broker"' for name in names]
        script += ["wait refused locked=true timeout=20s"]
        script += [f"offline {name} in=hex:{quoted}" for name in ("good", "bad", "hangs", "refused")]
        script += ["wait good pending=false timeout=20s", "wait bad pending=false timeout=20s",
                   "wait refused pending=false timeout=20s", "terminate hangs",
                   f"offline crashes in=hex:{quoted}", "wait crashes pending=false timeout=20s"]
        script += [f"close {name}" for name in names]
        self.host(script, {**properties, **{f"{name}:{key}": value for name in names
                                            for key, value in PATIENT.items() if name != "hangs"}}, exit_code=None)
        self.assertEqual(self.broker.control("resources", "unlock", "refused").returncode, 0)

    def test_FirstStart_IsTheOnlyEvent(self):
        self.broker.start()
        self.assertEqual(re.findall(r" event=\d+ name=(\w+)", self.broker_log()), ["BrokerStarted"])

    def test_EveryLineAboutAnOperation_CarriesItsId(self):
        self.broker.start()
        self.run_all_kinds("{}")
        operations = self.broker.control_json("operations", "list", "--limit", "100")["operations"]
        kinds = {operation["events"][-1]["kind"] for operation in operations}
        self.assertLessEqual({"SUCCEEDED", "FAILED", "REFUSED", "TERMINATED"}, kinds)
        ids = {operation["operation"]["id"] for operation in operations}
        lines = self.broker_log().splitlines()
        of_a_resource = [line for line in lines if re.search(r'"(good|bad|hangs|refused|crashes)"', line)]
        self.assertGreater(len(of_a_resource), 10)
        for line in of_a_resource:
            if not OF_THE_RESOURCE.search(line):
                self.assertRegex(line, r"\bop=[0-9a-f]{32}\b")
        # Of each operation its beginning and its end can be found by its id.
        for operation_id in ids:
            # As JSON has bytes, or as brokerctl shows ids.
            hex_id = operation_id if re.fullmatch("[0-9a-f]{32}", operation_id) else base64.b64decode(operation_id).hex()
            own = [line for line in lines if f"op={hex_id}" in line]
            self.assertTrue(any(re.search(r" O(N|FF)LINE of resource ", line) for line in own), own)
            self.assertTrue(any(re.search(r" (SUCCEEDED|FAILED|REFUSED|TERMINATED|CANCELLED) code ", line)
                                for line in own), own)

    def test_InBufferAndProperties_AreNowhereButAsLengthAndHash(self):
        self.broker.install("generic_process")
        self.broker.start()
        # Good JSON, JSON that is broken behind the marker, and bytes that are nothing.
        for in_buffer in (json.dumps({"Password": IN_BUFFER_MARKER}), '{"Password": "%s" oops' % IN_BUFFER_MARKER,
                          '{"%s"' % IN_BUFFER_MARKER, "\x07" + IN_BUFFER_MARKER):
            self.run_all_kinds(in_buffer)
            digest = hashlib.sha256(in_buffer.encode()).hexdigest()[:16]
            self.assertIn(f" InBuffer {len(in_buffer.encode())} bytes sha256={digest}", self.broker_log())
        # A module that reads it and says so where it can't.
        self.host(['open proc type="Resource Broker"', "online proc", "wait proc pending=false timeout=20s",
                   "offline proc in=hex:" + ('{"Mode": "%s", oops' % IN_BUFFER_MARKER).encode().hex(),
                   "wait proc pending=false timeout=20s", "close proc"],
                  self.properties("proc", Module="generic_process", Executable=os_path(STAGE / "no_such_program"),
                                  Password=PROPERTY_MARKER), exit_code=None)
        said = [self.broker.control(*arguments).stdout for arguments in (
            ("-o", "json", "operations", "list", "--limit", "1000"), ("-o", "json", "audit"), ("status",),
            ("-o", "json", "resources", "list"), ("-o", "json", "config", "show"))]
        events = self.broker.control_json("operations", "list", "--limit", "1000")["operations"]
        said.append(json.dumps([operation["events"] for operation in events]))
        self.assertGreater(len(events), 10)
        self.broker.stop()
        files = self.log_files() + [self.broker.log] + list((self.folder / "data").glob("audit.db*"))
        self.assertGreater(len(files), 3)
        texts = {str(file): file.read_bytes() for file in files}
        texts.update({f"brokerctl {index}": text.encode() for index, text in enumerate(said)})
        for name, text in texts.items():
            for marker in (IN_BUFFER_MARKER, PROPERTY_MARKER):
                for form in (marker.encode(), marker.encode("utf-16-le"), marker.encode().hex().encode(),
                             base64.b64encode(marker.encode())[:-4]):
                    self.assertNotIn(form, text, f"{name} holds {marker}")

    def test_JsonLines_EachIsAnObjectWithTheFieldsItsLineHas(self):
        config = json.loads(self.broker.config.read_text())
        config["logging"] = {"format": "json"}
        self.broker.config.write_text(json.dumps(config))
        self.broker.start()
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s", "close r1"],
                  self.recorder("r1"))
        operation, = self.broker.control_json("operations", "list")["operations"]
        self.assertEqual(self.broker.control("queue", "pause", "--reason", "a \"test\"").returncode, 0)
        # Back to text, while it runs.
        config["logging"] = {"format": "text"}
        self.broker.config.write_text(json.dumps(config))
        self.assertIn("logging.format", self.broker.control("config", "reload").stdout)
        self.broker.stop()
        log = (self.folder / "data" / "logs" / "resource_broker.log").read_text()
        lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
        self.assertTrue(any(not line.startswith("{") for line in log.splitlines()), "the format was not changed")
        for line in lines:
            self.assertLessEqual({"time", "level", "thread", "message"}, set(line))
        accepted = next(line for line in lines if " ONLINE of " in line["message"])
        self.assertEqual((accepted["resource"], accepted["module"]), ("r1", "recorder"))
        self.assertRegex(accepted["op"], "^[0-9a-f]{32}$")
        ready = next(line for line in lines if line["message"].endswith(": ready"))
        self.assertEqual(ready["module"], "recorder 1.0.0")
        started = next(line for line in lines if line.get("event") == 1000)
        self.assertEqual((started["name"], started["level"]), ("BrokerStarted", "info"))
        paused = next(line for line in lines if line.get("event") == 1400)
        self.assertIn('a "test"', paused["message"])

    def test_LogGrows_OlderFilesAreKeptAndNoMore(self):
        config = json.loads(self.broker.config.read_text())
        config["logging"] = {"maxFileBytes": 65536, "maxFiles": 2}
        self.broker.config.write_text(json.dumps(config))
        self.broker.start()
        while len([p for p in self.log_files() if p.name.startswith("resource_broker")]) < 2:
            self.host([line for _ in range(100) for line in
                       ('open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s", "close r1")],
                      self.recorder("r1"))
        for _ in range(2):
            self.host([line for _ in range(100) for line in
                       ('open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s", "close r1")],
                      self.recorder("r1"))
        files = [p for p in self.log_files() if p.name.startswith("resource_broker")]
        self.assertEqual(sorted(p.name for p in files), ["resource_broker.1.log", "resource_broker.log"])
        for file in files:
            self.assertLess(file.stat().st_size, 65536 + 4096)

    def test_StderrIsTheJournal_EachLineHasItsPriority(self):
        if WINDOWS:
            self.skipTest("there is no systemd")
        with open(self.broker.log, "ab") as log:
            info = os.fstat(log.fileno())
        self.broker.program = ["env", f"JOURNAL_STREAM={info.st_dev}:{info.st_ino}", *self.broker.program]
        self.broker.start()
        self.broker.stop()
        lines = self.broker_log().splitlines()
        for line in lines:
            self.assertRegex(line, r"^<[3-7]>\d{4}-")
        self.assertTrue(any(line.startswith("<6>") and "event=1000 " in line for line in lines))
        file = (self.folder / "data" / "logs" / "resource_broker.log").read_text()
        self.assertNotIn("<6>", file)


if __name__ == "__main__":
    unittest.main()
