"""What RHS passes to OfflineV2 arrives at the module unchanged, and what the module answers arrives at RHS."""

import unittest

from deployment import PATIENT, EndToEndTest, os_path

MAX_IN_BUFFER = 1 << 20


class OfflineCall(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.broker.install("recorder")
        self.broker.start()

    def path(self, name):
        """A file of this test, as a quoted word of a script has it."""
        return os_path(self.folder / name).replace("\\", "\\\\")

    def offlines(self):
        return [r for r in self.recorded() if r["kind"] == "OFFLINE"]

    def offline_reports(self, run):
        """What was reported of r1 after its OfflineV2 returned."""
        return [r for r in run.since(run.calls("r1", "OfflineV2")[0]) if r["kind"] == "report"]

    def offline_each(self, calls, **properties):
        """One resource, online and offline again for each of the given argument texts; what the module saw."""
        script = ['open r1 type="Resource Broker"']
        for call in calls:
            script += ["online r1", "wait r1 state=Online timeout=20s",
                       f"offline r1 {call}".rstrip(), "wait r1 state=Offline timeout=20s"]
        self.host(script + ["close r1"], self.recorder("r1", **properties), timeout=300)
        seen = self.offlines()
        self.assertEqual(len(seen), len(calls))
        return seen

    def test_EveryCombinationOfFlagsAndUnknownBits_ArrivesUnchanged(self):
        flags = list(range(128)) + [0x80, 0x40000000, 0x80000000, 0xFFFFFFFF]
        seen = self.offline_each([f"flags={value:#x}" for value in flags])
        self.assertEqual([r["flags"] for r in seen], flags)

    def test_FlagsByName_AreTheDocumentedBits(self):
        seen = self.offline_each(["flags=QUEUE_ENABLED|0x20", "flags=DUE_TO_EMBEDDED_FAILURE|IGNORE_RESOURCE_STATUS"])
        self.assertEqual([r["flags"] for r in seen], [0x24, 0x11])

    def test_DestinationNode_NullEmptyForeignAndLongest_ArriveUnchanged(self):
        names = ["NODE2", "узел-二号-ñ", "N" * 255]
        seen = self.offline_each(["", 'dest=""'] + [f'dest="{name}"' for name in names])
        self.assertEqual([r["destination_node"] for r in seen], [None, ""] + names)

    def test_InBuffer_NullEmptyAndUpToTheMaximum_ArrivesUnchanged(self):
        sizes = [1, 64 * 1024, MAX_IN_BUFFER]
        calls = ["", "in=hex:"]
        contents = [bytes((i * 7 + size) & 0xFF for i in range(size)) for size in sizes]
        for size, content in zip(sizes, contents):
            (self.folder / f"buffer-{size}").write_bytes(content)
            calls.append(f'in="@{self.path(f"buffer-{size}")}"')
        seen = self.offline_each(calls)
        self.assertIsNone(seen[0]["in_buffer"])
        self.assertEqual([r["in_buffer"]["size"] for r in seen[1:]], [0] + sizes)
        self.assertEqual([r["in_buffer"]["fnv1a"] for r in seen[1:]], [fnv1a(c) for c in [b""] + contents])

    def test_InBufferLargerThanTheMaximum_IsRefusedAndNothingIsSent(self):
        (self.folder / "too-large").write_bytes(b"x" * (MAX_IN_BUFFER + 1))
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         f'offline r1 in="@{self.path("too-large")}"', "expect r1 last=24", "close r1"],
                        self.recorder("r1"))
        self.assertEqual(self.offlines(), [])
        self.assertIn(str(MAX_IN_BUFFER), run.logged("r1"))

    def test_Reserved_AnyValue_ArrivesUnchanged(self):
        values = [0, 1, 0x40, 0x7FFFFFFF, 0xFFFFFFFF]
        seen = self.offline_each([f"reserved={value:#x}" for value in values])
        self.assertEqual([r["reserved"] for r in seen], values)

    def test_ModuleEndsAtOnce_OfflineReturnsZeroAndReportsNothing(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1", "expect r1 last=0", "close r1"], self.recorder("r1", **PATIENT))
        self.assertEqual(self.offline_reports(run), [])

    def test_ModuleTakesLonger_OfflineReturnsPendingAndReportsGrowingCheckpointsAndOneEnd(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1 dest=NODE2 flags=QUEUE_ENABLED", "expect r1 last=997",
                         "wait r1 state=Offline timeout=20s", "close r1"],
                        self.recorder("r1", OfflineScript="wait:400;progress:10:one;wait:100;progress:60:two;"
                                                          "wait:100;progress:90:three;wait:100;done"))
        self.assert_reports(self.offline_reports(run), ["OfflinePending"] * 3, "Offline")

    def assert_reports(self, reports, pending, final, state=None):
        self.assertGreaterEqual(len(reports), len(pending) + 1, reports)
        self.assertEqual([r["state"] for r in reports[:-1]], [pending[0]] * (len(reports) - 1))
        self.assertEqual(reports[-1]["state"], final)
        checkpoints = [r["checkpoint"] for r in reports]
        self.assertEqual(checkpoints, sorted(set(checkpoints)), "checkpoints grow")

    def test_ModuleFailsAtOnce_OfflineReturnsItsError(self):
        self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                   "offline r1", "expect r1 last=1234", "close r1"],
                  self.recorder("r1", OfflineScript="fail:1234:disk on fire", **PATIENT))

    def test_ModuleFailsLater_TheReportCarriesItsError(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1", "expect r1 last=997", "wait r1 state=Failed timeout=20s", "close r1"],
                        self.recorder("r1", OfflineScript="wait:500;fail:1234:disk on fire"))
        self.assertEqual(run.reports("r1")[-1]["app"], 1234)
        self.assertIn("disk on fire", run.logged("r1"))

    def test_BusyModuleWithoutQueue_ReportsOnlineWithBusyAndLockedStatus(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1", "expect r1 last=997", "wait r1 state=Online timeout=20s", "close r1"],
                        self.recorder("r1", OfflineScript="notnow:1:100"))
        self.assertEqual([(r["state"], r["app"], r["flags"]) for r in self.offline_reports(run)], [("Online", 5960, 1)])
        self.assertEqual(len(self.offlines()), 1)

    def test_CancelOfAPendingOffline_EndsItOnceAndItIsStillOnline(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1", "expect r1 last=997", "cancel r1", "wait r1 state=Online timeout=20s", "close r1"],
                        self.recorder("r1", OfflineScript="wait:60000;done"))
        self.assertEqual([r["state"] for r in self.offline_reports(run) if r["state"] != "OfflinePending"], ["Online"])

    def test_TerminateOfAPendingOffline_NothingIsReportedAfterwards(self):
        run = self.host(['open r1 type="Resource Broker"', "online r1", "wait r1 state=Online timeout=20s",
                         "offline r1", "expect r1 last=997", "terminate r1", "sleep 500ms", "close r1"],
                        self.recorder("r1", OfflineScript="wait:60000;done"))
        after = run.since(run.calls("r1", "Terminate")[0])
        self.assertEqual([r for r in after if r["kind"] == "report"], [])

    def test_HundredResourcesAtOnce_EachEndsOnce(self):
        count = 100
        properties = {}
        for i in range(1, count + 1):
            properties.update(self.recorder(f"r{i}", OnlineScript="wait:300;done", OfflineScript="wait:500;done"))
        run = self.host([f'for r in 1..{count} : open r{{r}} type="Resource Broker"',
                         f"for r in 1..{count} : & online r{{r}}", "join",
                         f"for r in 1..{count} : wait r{{r}} state=Online timeout=60s",
                         f"for r in 1..{count} : & offline r{{r}} dest=NODE{{r}}", "join",
                         f"for r in 1..{count} : wait r{{r}} state=Offline timeout=60s",
                         f"for r in 1..{count} : close r{{r}}"], properties, timeout=300)
        for i in range(1, count + 1):
            finals = [r["state"] for r in run.reports(f"r{i}") if not r["state"].endswith("Pending")]
            self.assertEqual(finals, ["Online", "Offline"])
        self.assertEqual(sorted(r["destination_node"] for r in self.offlines()),
                         sorted(f"NODE{i}" for i in range(1, count + 1)))


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


if __name__ == "__main__":
    unittest.main()
