"""How much of everything a run does: enough for figures, or just enough to see that it works."""

FULL = {
    "repetitions": 5,
    "calls": 2000, "messages": 20, "streamed": 20000,  # A and B, each repetition
    "call_s": 3.0, "warm_up_s": 0.5,  # C, and wherever its latency is taken
    "throughput_s": 4.0, "throughput_resources": [1, 16, 256],
    "kill_s": 20.0, "kill_every_s": 2.0, "kill_resources": 256,
    "open_resources": [10, 1000, 10000], "idle_s": 10.0,
    "journal_operations": [1000, 100000, 1000000],
    "footprint_runs": 5,
    "pending_operations": [1, 100, 1000], "recoveries": 3,
    "switches": 5, "switch_s": 2.0,
}

QUICK = {
    "repetitions": 2,
    "calls": 200, "messages": 3, "streamed": 2000,
    "call_s": 0.4, "warm_up_s": 0.1,
    "throughput_s": 0.7, "throughput_resources": [1, 16, 64],
    "kill_s": 3.0, "kill_every_s": 1.5, "kill_resources": 64,
    "open_resources": [10, 200], "idle_s": 1.0,
    "journal_operations": [1000, 10000],
    "footprint_runs": 1,
    "pending_operations": [1, 50], "recoveries": 1,
    "switches": 2, "switch_s": 1.0,
}
