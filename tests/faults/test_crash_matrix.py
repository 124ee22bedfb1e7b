"""All cells of crash_matrix.py; under Wine, where each takes seconds, some of all."""

import time
import unittest

import crash_matrix
from deployment import WINDOWS

CELLS_UNDER_WINE = 20


class CrashMatrixTest(unittest.TestCase):
    def test_EachProcessKilledInEachState_EveryOperationHasExactlyOneTrueOutcome(self):
        begin = time.monotonic()
        cells = crash_matrix.some_cells(CELLS_UNDER_WINE) if WINDOWS else crash_matrix.all_cells()
        wrong = crash_matrix.run_cells(cells)
        print(f"\n{crash_matrix.table(wrong)}\n{len(wrong)} cells in {time.monotonic() - begin:.1f} s")
        self.assertFalse(any(wrong.values()), crash_matrix.report(wrong))


if __name__ == "__main__":
    unittest.main()
