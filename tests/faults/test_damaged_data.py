"""A data directory that is damaged, another's, from the future, not writable or full: the program says which file it is
about and what to do, and nothing that was there is lost."""

import errno
import json
import os
import re
import sqlite3
import subprocess
import unittest

from deployment import PATIENT, WINDOWS, EndToEndTest, os_path

try:
    import resource
except ImportError:  # not on Windows
    resource = None

START_S = 60
# Of a small file system, where one can be had.
DISK_BYTES = 4 << 20
NOT_ENOUGH_QUOTA = 1816


class DamagedData(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")
        self.data = self.folder / "data"
        self.journal = self.data / "journal.db"

    def take_through(self):
        """A resource online and offline; the ids of both."""
        before = {o["operation"]["id"] for o in self.operations()}
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s", "offline r1",
                   "wait r1 state=Offline timeout=20s", "close r1"], self.recorder("r1"))
        return {o["operation"]["id"] for o in self.operations()} - before

    def operations(self):
        return self.broker.control_json("operations", "list").get("operations", [])

    def begun_and_stopped(self):
        self.broker.start()
        self.take_through()
        self.broker.stop()
        if WINDOWS:  # where it was killed, and left its write-ahead log
            database = sqlite3.connect(self.journal)
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            database.close()

    def refused(self):
        """What a broker says that does not start."""
        self.broker.launch()
        self.assertNotEqual(self.broker.process.wait(START_S), 0)
        return self.broker_log().splitlines()[-1]

    def aside(self):
        return [p for p in self.data.iterdir() if re.fullmatch(r"journal\.db\.damaged-[0-9TZ-]+", p.name)]

    def assert_moved_aside(self, content):
        self.broker.start()
        kept, = self.aside()
        self.assertEqual(kept.read_bytes(), content)
        notice, = self.broker.control_json("status")["notices"]
        for text in (notice, self.broker_log()):
            self.assertIn(os_path(self.journal), text)
            self.assertIn(kept.name, text)
            self.assertIn("sqlite3", text)
        self.assertEqual(len(self.take_through()), 2)

    def test_JournalIsTruncated_MovedAsideAndServed(self):
        self.begun_and_stopped()
        content = self.journal.read_bytes()
        content = content[:len(content) // 2 + 100]
        self.journal.write_bytes(content)
        self.assert_moved_aside(content)

    def test_JournalOfAKilledBrokerIsDamaged_MovedAsideWithItsLog(self):
        self.broker.start()
        self.take_through()
        self.broker.kill()
        self.broker.stop()
        log = self.journal.with_name("journal.db-wal")
        kept_log = log.read_bytes()
        self.assertGreater(len(kept_log), 4096)
        # The file's own pages, and those of the log after its first.
        content = b"x" * len(self.journal.read_bytes())
        kept_log = kept_log[:32] + b"x" * (len(kept_log) - 32)
        self.journal.write_bytes(content)
        log.write_bytes(kept_log)
        self.assert_moved_aside(content)
        kept, = self.aside()
        self.assertEqual(kept.with_name(kept.name + "-wal").read_bytes(), kept_log)

    def test_TextFileInPlaceOfTheJournal_MovedAsideAndServed(self):
        self.data.mkdir(mode=0o700)
        content = b"Dear administrator,\n" * 1000
        self.journal.write_bytes(content)
        self.assert_moved_aside(content)

    def test_DatabaseOfAnotherProgram_RefusedAndUntouched(self):
        self.data.mkdir(mode=0o700)
        database = sqlite3.connect(self.journal)
        database.executescript("CREATE TABLE mine (x); INSERT INTO mine VALUES (1);")
        database.close()
        content = self.journal.read_bytes()
        said = self.refused()
        self.assertIn(os_path(self.journal), said)
        self.assertIn("another program: move it away, or name another dataDirectory", said)
        self.assertEqual(self.journal.read_bytes(), content)
        self.assertEqual(self.aside(), [])

    def test_JournalOfANewerBroker_RefusedAndUntouchedAndThatBrokerGoesOn(self):
        self.begun_and_stopped()
        database = sqlite3.connect(self.journal)
        version, = database.execute("PRAGMA user_version").fetchone()
        database.execute(f"PRAGMA user_version = {version + 1}")
        database.close()
        content = self.journal.read_bytes()
        said = self.refused()
        self.assertIn(os_path(self.journal), said)
        self.assertIn("newer broker", said)
        self.assertIn("run that broker", said)
        self.assertEqual(self.journal.read_bytes(), content)
        self.assertEqual(self.aside(), [])
        database = sqlite3.connect(self.journal)
        database.execute(f"PRAGMA user_version = {version}")
        database.close()
        self.broker.start()
        self.assertEqual(len(self.operations()), 2)

    def test_DataDirectoryThatCantBeWritten_RefusedByName(self):
        (self.folder / "file").write_text("no folder")
        places = [self.folder / "file" / "data"]
        if not WINDOWS:
            places.append("/proc/resource-broker")
        for place in places:
            with self.subTest(place=str(place)):
                config = json.loads(self.broker.config.read_text())
                config["dataDirectory"] = os_path(place)
                self.broker.config.write_text(json.dumps(config))
                said = self.refused()
                self.assertIn(os_path(place), said)
                self.assertIn("the broker's account must be able to make that folder and to write to it", said)
        self.assertEqual((self.folder / "file").read_text(), "no folder")

    # --- A full disk

    def small_disk(self):
        """Functions that fill the disk of the data directory and make room again."""
        self.data.mkdir(mode=0o700)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=0700", "tmpfs", self.data],
                                 capture_output=True).returncode == 0
        if not mounted:  # no right to: a limit on the size of files looks the same to a program
            _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
            limit = lambda size: resource.prlimit(self.broker.process.pid, resource.RLIMIT_FSIZE, (size, most))
            return lambda: limit(1), lambda: limit(most)
        self.addCleanup(lambda: (self.broker.stop(), subprocess.run(["umount", self.data], check=True)))
        filler = self.data / "filler"

        def fill():
            with open(filler, "wb", buffering=0) as file:
                try:
                    while True:
                        file.write(b"x" * 4096)
                except OSError as error:
                    self.assertEqual(error.errno, errno.ENOSPC)

        return fill, filler.unlink

    @unittest.skipIf(WINDOWS, "Wine has no disk of its own to fill")
    def test_DiskIsFullAndThenHasRoom_RefusedBeforeItStartsAndThenServed(self):
        fill, free = self.small_disk()
        self.broker.start()
        before = self.take_through()
        (self.folder / "large").write_bytes(os.urandom(512 << 10))
        offline = f'offline r1 in="@{self.folder / "large"}"'
        fill()
        run = self.host(['open r1 type="Resource Broker"', offline, f"expect r1 last={NOT_ENOUGH_QUOTA}", "close r1"],
                        self.recorder("r1", **PATIENT))
        self.assertIn(str(self.journal), run.logged("r1"))
        self.assertIn("full", run.logged("r1"))
        self.assertEqual(len(self.recorded()), 2, "what was refused has not begun")
        self.assertIsNone(self.broker.process.poll())
        # What is known can be asked for meanwhile.
        self.assertEqual({o["operation"]["id"] for o in self.operations()}, before)
        self.assertIn("event=1101 name=JournalRefuses", self.broker_log())
        free()
        self.host(['open r1 type="Resource Broker"', offline, "wait r1 state=Offline timeout=20s", "expect r1 last=0",
                   "close r1"], self.recorder("r1", **PATIENT))
        self.assertEqual(len(self.recorded()), 3)
        self.assertIn("event=1102 name=JournalAccepts", self.broker_log())
        known = {o["operation"]["id"] for o in self.operations()}
        self.assertEqual(len(known), 3)
        self.broker.stop()
        self.broker.start()
        self.assertEqual({o["operation"]["id"] for o in self.operations()}, known)
        self.assertNotIn("notices", self.broker.control_json("status"))


if __name__ == "__main__":
    unittest.main()
