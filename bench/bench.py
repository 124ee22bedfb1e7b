#!/usr/bin/python3
"""Measures one build, and prints, writes and draws what it found. `./dev bench` calls it.

  bench.py --build build/native --output bench/results [--quick] [--parts ABCDEFG] [--document]

Writes <platform>.json and <platform>-*.svg into the output folder. Exit code 1: something could not be measured. A goal
that is not met is said, and is no error.
"""

import argparse
import json
import os
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Of the JSON; a reader of another one should refuse it.
FORM = 1
TITLES = {"A": "A. The floor", "B": "B. The transport", "C": "C. The call", "D": "D. Throughput", "E": "E. Scale",
          "F": "F. Footprint in RHS", "G": "G. Recovery", "functions": "Single functions"}
# Brokers are looked at with a million operations behind them, too.
START_TIMEOUT_S = 600


def arguments():
    parser = argparse.ArgumentParser(description="Measures one build.")
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--quick", action="store_true", help="just enough to see that everything works")
    parser.add_argument("--parts", default="ABCDEFGf", help="letters; f: single functions")
    parser.add_argument("--document", action="store_true", help="put the results into docs/performance.md")
    return parser.parse_args()


def measure_parts(programs, amounts, wanted):
    from measuring import functions, part_ab, part_c, part_d, part_e, part_f, part_g
    parts = {}
    for letters, module in (("AB", part_ab), ("C", part_c), ("D", part_d), ("E", part_e), ("F", part_f),
                            ("G", part_g), ("f", functions)):
        if not set(letters) & set(wanted):
            continue
        begun = time.monotonic()
        parts.update(module.measure(programs, amounts))
        print(f"{'single functions' if letters == 'f' else letters}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
    return parts


def as_text(result):
    """JSON, each point of a curve on a line."""
    return re.sub(r"\[\s+([-+.\de]+),\s+([-+.\de]+)\s+\]", r"[\1, \2]", json.dumps(result, indent=1)) + "\n"


def main():
    options = arguments()
    build = options.build.resolve()
    windows = (build / "stage" / "resource_broker.exe").exists()
    os.environ["RESOURCE_BROKER_STAGE"] = str(build / "stage")
    os.environ["RESOURCE_BROKER_LAUNCHER"] = str(ROOT / "deploy" / "wine") if windows else ""
    sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests" / "end_to_end")]
    import deployment
    from measuring import amounts, document, goals, machine, plots, table
    from measuring.node import Programs
    deployment.START_TIMEOUT_S = START_TIMEOUT_S

    options.output.mkdir(parents=True, exist_ok=True)
    result = {"form": FORM, "platform": "windows" if windows else "native", "quick": options.quick,
              "machine": machine.describe(windows, ROOT, build), "titles": TITLES}
    result["parts"] = measure_parts(Programs(build), amounts.QUICK if options.quick else amounts.FULL, options.parts)
    result["goals"] = goals.judge(result["parts"], windows)
    result["machine"]["load_after"] = os.getloadavg()[0]
    result["plots"] = plots.draw(result, options.output)
    file = options.output / f"{result['platform']}.json"
    file.write_text(as_text(result), encoding="utf-8")
    print(table.show(result))
    print(f"\nwritten: {file} and {len(result['plots'])} plots beside it")
    if options.document:
        print("docs/performance.md:", ", ".join(document.rewrite(options.output, ROOT / "docs" / "performance.md")))


if __name__ == "__main__":
    main()
