"""C, the call: a host calls the bridge, a broker keeps a journal, a module ends at once."""

import contextlib
import statistics
import threading
import time

from measuring.node import Node
from measuring.processes import Failed
from measuring.samples import distribution

KINDS = {"product": "the broker", "file": "bridge part alone, journal in a file",
         "memory": "bridge part alone, journal in memory"}
# Longer than the 250 ms that an entry point may wait for the outcome.
WORK_MS = 300
# Of what the calls of 16 resources can be at most.
OPEN_LOOP_SHARE = 0.5
OPEN_LOOP_RESOURCES = 16
# Also where a busy machine could hardly do any while that was found out.
LEAST_PER_S = 20
LEAST_OPEN_LOOP_S = 1.0


def checked(said):
    if said["failed"]:
        raise Failed(f"{said['failed']:.0f} operations failed")
    return said


def closed(host, resources, amounts, seconds=None):
    return checked(host.ask(f"closed {resources} {amounts['warm_up_s']} {seconds or amounts['call_s']}"))


def measure(programs, amounts):
    ends = {kind: [] for kind in KINDS}
    reports, paced, kept_up = [], [], []
    with contextlib.ExitStack() as stack:
        nodes = {kind: stack.enter_context(Node(programs, kind)).start() for kind in KINDS}
        hosts = {kind: node.host(1) for kind, node in nodes.items()}
        slow = nodes["product"].host(8, WorkMs=WORK_MS)
        for _ in range(amounts["repetitions"]):
            for kind, host in hosts.items():
                ends[kind].append(closed(host, 1, amounts)["end_us"])
            said = closed(slow, 8, amounts, max(1.0, amounts["call_s"]))
            reports.append([end - WORK_MS * 1000 for end, pended in zip(said["end_us"], said["pended"]) if pended])
        nodes["product"].close_host(slow)
        many = nodes["product"].host(OPEN_LOOP_RESOURCES)
        most = len((said := closed(many, OPEN_LOOP_RESOURCES, amounts))["end_us"]) / said["seconds"]
        rate = max(LEAST_PER_S, most * OPEN_LOOP_SHARE)
        lasts = max(LEAST_OPEN_LOOP_S, amounts["call_s"])
        for _ in range(amounts["repetitions"]):
            said = checked(many.ask(f"rate {OPEN_LOOP_RESOURCES} {rate:.1f} {lasts}"))
            paced.append(said["end_us"])
            kept_up.append(len(said["end_us"]) / said["seconds"])
    figures = [distribution(f"c.{kind}", f"enter to end, {name}", "us", ends[kind]) for kind, name in KINDS.items()]
    figures.append(distribution("c.report", "a pending operation, the module's end to the final report",
                                "us", reports))
    figures.append(distribution(
        "c.paced", f"enter to end at {rate:.0f} operations/s meant, {statistics.median(kept_up):.0f} done "
        f"({OPEN_LOOP_RESOURCES} resources, open loop)", "us", paced))
    figures.append(killed(programs, amounts))
    return {"C": figures}


def killed(programs, amounts):
    """How long entry points take to return 997 while the broker is killed and started again and again."""
    resources = amounts["kill_resources"]
    with Node(programs) as node:
        node.start()
        host = node.host(resources, WorkMs=WORK_MS)
        answers = []
        # Whoever reads its answer waits for it meanwhile.
        reader = threading.Thread(
            target=lambda: answers.append(host.ask(f"closed {resources} {amounts['warm_up_s']} {amounts['kill_s']}")))
        reader.start()
        until = time.monotonic() + amounts["kill_s"]
        kills = 0
        while time.monotonic() + amounts["kill_every_s"] < until:
            time.sleep(amounts["kill_every_s"])
            node.broker.kill()
            node.launch_and_await_serving()
            kills += 1
        reader.join()
        if not answers:
            raise Failed("operations did not end while the broker was killed and started")
        said = answers[0]
    pending = [took for took, pended in zip(said["return_us"], said["pended"]) if pended]
    figure = distribution("c.killed", f"enter to return when pending, {resources} at once, broker killed {kills} times",
                          "us", [pending])
    figure["failed"] = said["failed"]
    return figure
