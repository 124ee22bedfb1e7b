"""A broker that is away for 20 seconds while 50 operations are pending."""

import time
import unittest

from deployment import EndToEndTest

AWAY_S = 20
OPERATIONS = 50
BUDGET_MS = 250


class BrokerAway(EndToEndTest):
    def test_BrokerAwayForTwentySecondsDuringFiftyOperations_NoCallIsLateAndAllEndOnce(self):
        self.broker.install("recorder")
        self.broker.start()
        names = [f"r{i}" for i in range(OPERATIONS)]
        properties = {}
        for name in names:
            properties.update(self.recorder(name, OfflineScript="progress:1:begun;wait:3000;progress:2:ending;done"))
        # RHS asks LooksAlive of every resource all the while.
        script = [f'open {name} type="Resource Broker" pending-timeout=30s' for name in names]
        script += [f"& offline {name}" for name in names] + ["join"]
        for _ in range(AWAY_S // 2):
            script += ["sleep 1s"] + [f"{call} {name}" for name in names for call in ("looks", "alive")]
        script += [f"wait {name} state=Offline timeout=60s" for name in names] + [f"close {name}" for name in names]
        _, _, finish = self.start_host(script, properties)
        self.until(lambda: sum(r["kind"] == "OFFLINE" for r in self.recorded()) == OPERATIONS, "all 50 to run")
        self.broker.kill()
        time.sleep(AWAY_S)  # that is what is tested
        self.broker.start()
        run = finish()
        longest = {}
        for call in (r for r in run.records if r["kind"] == "return" and "resource" in r):
            longest[call["entry_point"]] = max(longest.get(call["entry_point"], 0), call["duration_ms"])
        print("longest of each entry point in ms:", ", ".join(f"{k} {v:.1f}" for k, v in sorted(longest.items())))
        for entry_point in ("OfflineV2", "LooksAlive", "IsAlive"):
            self.assertLess(longest[entry_point], BUDGET_MS, entry_point)
        for name in names:
            finals = [r for r in run.reports(name) if not r["state"].endswith("Pending")]
            self.assertEqual([(r["state"], r["app"]) for r in finals], [("Offline", 0)], name)
        executed = [r["resource"] for r in self.recorded()]
        self.assertEqual(sorted(executed), sorted(names))


if __name__ == "__main__":
    unittest.main()
