"""Single functions, timed by Google Benchmark."""

from measuring.processes import run_json
from measuring.samples import value

TO_US = {"ns": 0.001, "us": 1, "ms": 1000, "s": 1_000_000}
# What one iteration of a journal's benchmark writes.
OPERATIONS = 512


def measure(programs, amounts):
    said = run_json(programs.command("bench_functions", "--benchmark_format=json",
                                     f"--benchmark_repetitions={amounts['repetitions']}",
                                     "--benchmark_enable_random_interleaving=true"))
    times = {}
    for run in said["benchmarks"]:
        if run["run_type"] == "iteration":
            each = OPERATIONS if "JournalOperations" in run["name"] else 1
            times.setdefault(run["run_name"], []).append(run["real_time"] * TO_US[run["time_unit"]] / each)
    return {"functions": [value(f"functions.{name.partition('/iter')[0]}", name.partition("/iter")[0], "us", mine)
                          for name, mine in times.items()]}
