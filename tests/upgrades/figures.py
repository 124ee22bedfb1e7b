"""What operations and entry points took, from what brokers and stand-ins for RHS have recorded."""

import statistics

# Of Online, Offline, LooksAlive and IsAlive. Waking up after that takes its time on a machine that does other things too.
BUDGET_MS = 250
WAKE_UP_MS = 50
BUDGETED = ("OnlineV2", "OfflineV2", "LooksAlive", "IsAlive")
# Operations that are listed at once.
ALL = "100000"


def operations(broker):
    """All of the broker's, ended ones with what they took and where they ran."""
    listed = broker.control_json("operations", "list", "--limit", ALL).get("operations", [])
    for operation in listed:
        last = operation["events"][-1]
        final = last.get("final", {})
        operation["kind"] = last["kind"]
        operation["module"] = final.get("module")
        operation["took"] = (int(final.get("queueTimeUs", 0)) + int(final.get("runTimeUs", 0))) / 1e6
        operation["ended"] = int(last["timeUnixUs"]) / 1e6
        operation["begun"] = operation["ended"] - operation["took"]
    return listed


def longest_of_entry_points_ms(records, names):
    """The longest call of each entry point of these resources."""
    longest = {}
    for record in records:
        if record["kind"] == "return" and record.get("resource") in names:
            longest[record["entry_point"]] = max(longest.get(record["entry_point"], 0), record["duration_ms"])
    return longest


def judge_entry_points(test, records, names):
    """None was longer than its budget; prints the longest of each."""
    longest = longest_of_entry_points_ms(records, names)
    print("longest of each entry point in ms:", ", ".join(f"{k} {v:.1f}" for k, v in sorted(longest.items())))
    for entry_point in BUDGETED:
        if entry_point in longest:
            test.assertLess(longest[entry_point], BUDGET_MS + WAKE_UP_MS, entry_point)


def ends_ms(records, name):
    """What RHS saw of a resource's operations: for each that ended as it should, when it was called and for how long it
    lasted until RHS knew of its end."""
    called, state, seen = None, None, []
    for record in records:
        if record.get("resource") != name:
            continue
        entry_point = record.get("entry_point")
        if record["kind"] == "call" and entry_point in ("OnlineV2", "OfflineV2"):
            called, state = record["time_ms"], entry_point.removesuffix("V2")
        ended = (record["kind"] == "report" and record["state"] == state) or (
            record["kind"] == "return" and entry_point in ("OnlineV2", "OfflineV2") and record["code"] == 0)
        if ended and called is not None:
            seen.append((called, record["time_ms"] - called))
            called = None
    return seen


def added_ms(durations):
    """The longest, beyond what is usual."""
    return max(durations) - statistics.median(durations)


def percentile_of(resource):
    """Below a canary's percentage: the resource belongs to it. The same in every release."""
    value = 14695981039346656037
    for byte in resource.encode():
        value = ((value ^ byte) * 1099511628211) % 2**64
    return (value ^ (value >> 32)) % 100
