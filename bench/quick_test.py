"""That `./dev bench --quick` runs and writes what it should; no figure is judged. Argument: the build's folder."""

import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

BUILD = pathlib.Path(sys.argv.pop(1))
BENCH = pathlib.Path(__file__).resolve().parent
LIMIT_S = 360
PARTS = {"A", "B", "C", "D", "E", "F", "G", "functions"}
PLOTS = {"latency", "throughput", "scale", "recovery"}
sys.path.insert(0, str(BENCH))

from measuring.samples import distribution, percentile


class Samples(unittest.TestCase):
    def test_Percentile_IsTheSmallestSampleThatEnoughAreNotAbove(self):
        ordered = list(range(1, 1001))
        self.assertEqual([percentile(ordered, share) for share in (0, 0.5, 0.99, 0.999, 1)], [1, 500, 990, 999, 1000])
        self.assertEqual(percentile([7], 0.999), 7)

    def test_Distribution_MedianIsOfTheRepetitionsMedians(self):
        figure = distribution("k", "n", "us", [[1, 2, 3], [100, 100, 100], [4, 5, 6]])
        self.assertEqual([figure[name] for name in ("median", "low", "high", "max", "samples", "repetitions")],
                         [5, 2, 100, 100, 9, 3])


class QuickBench(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        output = pathlib.Path(cls.folder.name)
        cls.ran = subprocess.run(
            [sys.executable, "-B", str(BENCH / "bench.py"), "--build", str(BUILD), "--output", str(output), "--quick"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_S)
        if cls.ran.returncode != 0:
            raise AssertionError(cls.ran.stdout + cls.ran.stderr)
        cls.result = json.loads((output / "native.json").read_text())
        cls.output = output

    def test_EveryPart_HasFiguresWithNumbers(self):
        self.assertEqual(set(self.result["parts"]), PARTS)
        keys = set()
        for figures in self.result["parts"].values():
            self.assertTrue(figures)
            for figure in figures:
                self.assertNotIn(figure["key"], keys)
                keys.add(figure["key"])
                for name in ("median", "low", "high"):
                    self.assertTrue(math.isfinite(figure[name]), figure)
                self.assertLessEqual(figure["low"], figure["median"], figure)
                self.assertLessEqual(figure["median"], figure["high"], figure)

    def test_Distributions_AreOrdered(self):
        distributions = [f for part in self.result["parts"].values() for f in part if "curve" in f]
        self.assertGreater(len(distributions), 10)
        for figure in distributions:
            self.assertLessEqual(figure["p99"], figure["p999"], figure["key"])
            self.assertLessEqual(figure["p999"], figure["max"], figure["key"])
            self.assertEqual(figure["curve"], sorted(figure["curve"]), figure["key"])

    def test_EveryGoal_IsJudgedAndPrinted(self):
        self.assertEqual({goal["part"] for goal in self.result["goals"]}, PARTS - {"A", "functions"})
        for goal in self.result["goals"]:
            self.assertEqual(goal["met"] is None, goal["limit"] is None, goal)
            self.assertIn(goal["goal"], self.ran.stdout)

    def test_Machine_IsDescribed(self):
        for name in ("cpu", "cores", "kernel", "compiler", "commit", "begun"):
            self.assertTrue(self.result["machine"][name], name)

    def test_Plots_AreDrawn(self):
        self.assertEqual({name.removeprefix("native-").removesuffix(".svg") for name in self.result["plots"]}, PLOTS)
        for name in self.result["plots"]:
            root = xml.etree.ElementTree.parse(self.output / name).getroot()
            self.assertTrue(root.tag.endswith("svg"))


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"])
