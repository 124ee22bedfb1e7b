"""The bridge, in front of a running broker, keeps every rule that can be judged."""

import unittest

from checks import check, named, told
from deployment import STAGE, WINDOWS, EndToEndTest, os_path

BRIDGE = os_path(STAGE / ("resource_bridge.dll" if WINDOWS else "resource_bridge.so"))

# Without --only, everything is run with a module that is done at once. What that does not bring up, and why:
NOT_AT_ONCE = {
    # Operations that end within the bridge's budget are reported by no callback.
    "report-contents": "makes no reports",
    "stops-when-told": "reports nothing",
    "terminate-stuck-worker": "no report came",
    "callback-locks": "no report came",
    # Locked mode is the module's to ask for.
    "locked-mode": "SetResourceLockedMode",
    "locked-offline": "SetResourceLockedMode",
    # Neither the bridge nor the module has data for any of the codes that are asked.
    "out-buffer": "no code is answered with data",
}
# The module answers every code with the user bit, which is its right.
WARNINGS = ["unknown-control-codes"]

# Longer than the bridge waits before it answers 997.
SLOW = {"CallBudgetMs:dword": "100",
        "OnlineScript": "progress:10:a;wait:150;progress:50:b;wait:100;progress:90:c",
        "OfflineScript": "wait:150;progress:50:b"}
LOCKING = {"OnlineScript": "lock:7", "OfflineScript": "unlock"}


class Bridge(EndToEndTest):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.broker.install("recorder")
        self.broker.start()

    def findings(self, properties, *options):
        arguments = ["--type", "Resource Broker", "--cycles", "200", "--time-limit", "60000", *options]
        for name, value in {"PipeName": self.bridge_address, "Module": "recorder", **properties}.items():
            arguments += ["--property", f"{name}={value}"]
        return check(BRIDGE, *arguments)[0]

    def assert_passes(self, findings, names):
        self.assertEqual(named(findings, "pass"), sorted(names), told(findings) + self.broker_log()[-4000:])

    def test_OperationsThatEndAtOnce_PassEveryCheck(self):
        findings = self.findings({})
        self.assertEqual(named(findings, "warning"), WARNINGS, told(findings))
        self.assertEqual(named(findings, "fail"), [], told(findings))
        self.assert_passes(findings, set(findings) - set(NOT_AT_ONCE) - set(WARNINGS))
        # Nothing is left behind because it is pinned from when it is loaded, whether or not it is started then.
        self.assertIn("it stays loaded", findings["exports"]["evidence"])
        for name, why in NOT_AT_ONCE.items():
            self.assertIn(why, findings[name]["evidence"])

    def test_OperationsThatReport_PassTheChecksOfReports(self):
        names = ["returns", "one-final-report", "report-contents", "stops-when-told", "reports-only-while-pending",
                 "nothing-after-close", "out-of-order", "terminate-stuck-worker", "cancel", "health", "callback-locks",
                 "many-resources", "recovery"]
        self.assert_passes(self.findings(SLOW, "--only", ",".join(names)), names)

    def test_ResourceThatIsLocked_PassesTheChecksOfLockedMode(self):
        names = ["locked-mode", "locked-offline", "offline-flags"]
        self.assert_passes(self.findings(LOCKING, "--only", ",".join(names)), names)


if __name__ == "__main__":
    unittest.main()
