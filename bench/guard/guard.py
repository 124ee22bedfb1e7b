#!/usr/bin/python3
"""A guard against the path of an operation becoming longer, that is no stopwatch: instructions counted by callgrind.

  guard.py BENCH_COUNTED [--update]

Each subject runs twice; what one more costs is the difference of the instructions divided by that of the counts, so
that the start of the process is not in it. Compared with baseline.json beside this file, which holds the tolerance:
what differs between two machines with the same packages of Debian 12 is less. Fewer instructions than tolerated fail
as well: then the baseline is to be lowered, with --update, or it guards nothing.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BASELINE = pathlib.Path(__file__).resolve().parent / "baseline.json"
# Few and many of each.
COUNTS = {"operation": (200, 1200), "arrival": (1000, 11000), "departure": (1000, 11000)}
TIMEOUT_S = 240


def instructions(program, subject, count):
    with tempfile.TemporaryDirectory() as folder:
        result = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/out", program, subject, str(count)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S)
    found = re.search(r"Collected\s*:\s*(\d+)", result.stderr)
    if result.returncode != 0 or found is None:
        sys.exit(f"guard: {subject}: exit code {result.returncode}\n{result.stderr[-3000:]}")
    return int(found[1])


def measure(program):
    each = {}
    for subject, (few, many) in COUNTS.items():
        more = instructions(program, subject, many) - instructions(program, subject, few)
        each[subject] = round(more / (many - few))
    return each


def main():
    if shutil.which("valgrind") is None:
        sys.exit("guard: valgrind is needed (apt-get install valgrind): without it nothing is guarded")
    baseline = json.loads(BASELINE.read_text())
    measured = measure(sys.argv[1])
    if "--update" in sys.argv[2:]:
        BASELINE.write_text(json.dumps({**baseline, "instructions": measured}, indent=2) + "\n")
    failed = False
    for subject, count in measured.items():
        before = baseline["instructions"].get(subject)
        change = None if before is None else count / before - 1
        bad = change is None or abs(change) > baseline["tolerance"]
        failed = failed or bad
        print(f"{subject}: {count:,} instructions each, baseline {before if before is None else format(before, ',')}"
              + ("" if change is None else f", {change:+.1%}") + (" - beyond the tolerance" if bad else ""))
    if failed and "--update" not in sys.argv[2:]:
        sys.exit(f"guard: beyond {baseline['tolerance']:.0%}. If it is meant, run: bench/guard/guard.py BENCH_COUNTED "
                 "--update, and say why in the commit")


if __name__ == "__main__":
    main()
