"""Many seeds of chaos.py, and those that once failed."""

import os
import time
import unittest

import chaos
import deployment

LONG = bool(os.environ.get("RESOURCE_BROKER_LONG_TESTS"))
SEEDS = range(1, 2001 if LONG else 13 if deployment.WINDOWS else 201)
# Seeds that found something once.
REGRESSIONS = (1, 3, 114, 318)


class ChaosTest(unittest.TestCase):
    def test_RandomOperationsAndKills_EveryOperationHasExactlyOneTrueOutcome(self):
        begin = time.monotonic()
        seeds = list(dict.fromkeys([*REGRESSIONS, *SEEDS]))
        failure, hits = chaos.run_seeds(seeds)
        if failure:
            self.fail(failure)
        print(f"{len(seeds)} seeds in {time.monotonic() - begin:.1f} s; hit: "
              + ", ".join(f"{victim} {count} times" for victim, count in sorted(hits.items())))


if __name__ == "__main__":
    unittest.main()
