"""Each resource DLL with a fault fails the one check that is about it, and a correct one passes all."""

import concurrent.futures
import unittest

from checks import QUICK, check, named, test_resource, told
from deployment import WINDOWS

# The fault, by which its DLL is called, and the check that has to find it.
FAULTS = {
    "crashes_at_unload": "exports",
    "leaves_handle_at_unload": "exports",
    "wrong_table_size": "function-table",
    "accepts_every_version": "version-range",
    "arbitrates": "mandatory-functions",
    "copies_callback_table": "second-start",
    "same_resid": "open",
    "closes_key": "open",
    "closes_handle": "open",
    "leaks_memory": "open-close-cycles",
    "leaks_thread": "nothing-after-close",
    "reports_after_close": "nothing-after-close",
    "hangs": "returns",
    "reports_twice": "one-final-report",
    "reports_and_returns_0": "one-final-report",
    "same_checkpoint": "report-contents",
    "version1_layout": "report-contents",
    "deaf": "stops-when-told",
    "reports_when_idle": "reports-only-while-pending",
    "bad_event_handle": "event-handle",
    "keeps_in_buffer": "in-buffer",
    "parses_past_end": "in-buffer",
    "rejects_unknown_flags": "offline-arguments",
    "refuses_forced": "offline-flags",
    "offline_twice_never_ends": "out-of-order",
    "reads_once": "rereads-properties",
    "keeps_lock": "locked-mode",
    "locked_offline_never_ends": "locked-offline",
    "uses_later_callback": "later-callbacks",
    "terminate_twice_crashes": "terminate",
    "terminate_joins": "terminate-stuck-worker",
    "cancel_loses_final": "cancel",
    "alive_is_two": "health",
    "terminate_ruins": "terminate-after-health",
    "answers_unknown_codes": "unknown-control-codes",
    "upgrades_dll": "fixed-control-codes",
    "writes_past_out": "out-buffer",
    "validate_stores": "property-codes",
    "opens_cluster_early": "starting-phases",
    "promises_reasons": "characteristics",
    "throws": "exceptions",
    "ends_the_process": "exceptions",
    "calls_forbidden": "forbidden-calls",
    "user_text_as_format": "log-formats",
    "printf_format": "log-formats",
    "foreign_handle": "callback-handles",
    "locks_over_callback": "callback-locks",
    "one_at_a_time": "many-resources",
    "refuses_recovery": "recovery",
}
# The checks spend their time waiting.
AT_ONCE = 6


class BadResources(unittest.TestCase):
    maxDiff = None

    def test_EachFault_FailsExactlyItsCheck(self):
        # A process costs so much more under Wine that there only the check itself is run, with two neighbours.
        def run(fault):
            only = ["--only", f"{FAULTS[fault]},health,characteristics"] if WINDOWS else []
            return check(test_resource(fault), "--type", "Bad", *QUICK, *only)
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = dict(zip(FAULTS, pool.map(run, FAULTS)))
        for fault, (findings, exit_code) in results.items():
            with self.subTest(fault):
                self.assertEqual(named(findings, "fail"), [FAULTS[fault]], told(findings))
                self.assertEqual(exit_code, 1)

    def test_EveryCheck_HasAFault(self):
        findings, exit_code = check(test_resource("none"), "--type", "Bad", *QUICK)
        self.assertEqual(sorted(set(FAULTS.values())), sorted(findings))
        # The same DLL without a fault: it is the fault that is found.
        self.assertEqual(named(findings, "fail"), [], told(findings))
        self.assertEqual(exit_code, 0)

    def test_CorrectResource_PassesEveryCheck(self):
        findings, exit_code = check(test_resource("minimal_resource"), "--type", "Minimal", "--property", "Lock:dword=1",
                                    *QUICK)
        self.assertEqual(named(findings, "fail") + named(findings, "not judged"), [], told(findings))
        self.assertEqual([f["point"] for f in findings.values()], list(range(1, 41)))
        self.assertEqual(exit_code, 0)

    def test_ResourceOfVersion1_IsDrivenThroughStartup(self):
        findings, _ = check(test_resource("version1_resource"), "--type", "Version 1", *QUICK)
        self.assertEqual(named(findings, "fail"), [], told(findings))
        self.assertEqual(findings["function-table"]["outcome"], "pass")
        self.assertIn("version 0x100", findings["function-table"]["evidence"])
        for name in ("offline-arguments", "cancel", "recovery"):
            self.assertIn("version 1 only", findings[name]["evidence"])


if __name__ == "__main__":
    unittest.main()
