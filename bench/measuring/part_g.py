"""G, recovery: what it costs when the broker is killed, a module is switched, or a new broker takes over."""

import statistics
import subprocess
import threading
import time

import deployment
from measuring.node import MODULE, Node
from measuring.processes import Failed, cpu_seconds, wine_server_requests
from measuring.samples import distribution, value

RESOURCES = 4
VERSIONS = ("1.0.0", "1.0.1")
# A switch has happened some time before this share of its run, and is over by its end.
BEFORE = 0.3
# Processes that do nothing, over so long: whatever was on its way has arrived.
QUIET_S = 0.3
QUIET_SHARE = 0.02
# Of Wine's server: what rests asks it a few things a second, what works thousands.
QUIET_REQUESTS = 300


def measure(programs, amounts):
    return {"G": starts(programs, amounts) + recoveries(programs, amounts) + switches(programs, amounts)}


def starts(programs, amounts):
    """The process alone, and a broker without anything to recover."""
    alone, serving = [], []
    command = deployment.program("resource_broker") + ["--version"]
    with Node(programs) as node:
        for _ in range(amounts["repetitions"]):
            begun = time.monotonic()
            subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
            alone.append(1000 * (time.monotonic() - begun))
            serving.append(1000 * node.launch_and_await_serving())
            node.broker.stop()
    return [value("g.process", "resource_broker --version, start to end", "ms", alone),
            value("g.start", "start of a broker until it serves", "ms", serving)]


def recoveries(programs, amounts):
    figures = []
    for count in amounts["pending_operations"]:
        firsts, ends = [], []
        with Node(programs) as node:
            node.start()
            for number in range(amounts["recoveries"]):
                times = recover(node, count, node.folder / f"go-{number}")
                firsts.append([min(times)])
                ends.append(times)
        figures += [
            {**value(f"g.first.{count}", f"broker killed to the first resumed report, {count} pending", "ms",
                     [first for first, in firsts]), "at": count},
            {**distribution(f"g.resumed.{count}", f"broker killed to each resumed report, {count} pending", "ms", ends),
             "at": count}]
    return figures


def until_quiet(node):
    """What the module was given has arrived there. Nothing tells, so the processes are watched until they rest."""
    # Wine's processes have other numbers for each other than Linux has for them.
    ids = [] if deployment.WINDOWS else [node.process_id, *node.broker.module_processes().values()]
    work = wine_server_requests if deployment.WINDOWS else lambda: sum(map(cpu_seconds, ids))
    little = QUIET_REQUESTS if deployment.WINDOWS else QUIET_SHARE * QUIET_S
    deadline = time.monotonic() + deployment.START_TIMEOUT_S
    while time.monotonic() < deadline:
        before = work()
        time.sleep(QUIET_S)
        if work() - before < little:
            return
    raise Failed("broker and module do not come to rest")


def recover(node, count, go):
    """Milliseconds from the broker's kill to the report of each of `count` operations, which their module ends at that
    very moment. The next broker is started at once."""
    host = node.host(count, Hold=deployment.os_path(go), CallBudgetMs=100)
    if host.ask(f"begin {count}")["pended"] != count:
        raise Failed("operations ended that were to be held")
    node.until_status(lambda status: int(status.get("operationsRunning", 0)) == count, f"{count} operations to run")
    until_quiet(node)
    host.ask("mark")
    node.broker.kill()
    go.touch()
    node.broker.launch()
    said = host.ask("ends")
    if said["failed"]:
        raise Failed(f"{said['failed']:.0f} operations failed")
    node.close_host(host)
    return [end / 1000 for end in said["end_us"]]


def switches(programs, amounts):
    added = {"nothing": [], "module": [], "takeover": []}
    with Node(programs, versions=VERSIONS) as node:
        node.start()
        host = node.host(RESOURCES)
        under_load(host, amounts, lambda: None)
        node.broker.control("modules", "activate", MODULE, VERSIONS[0])
        for number in range(amounts["switches"]):
            version = VERSIONS[(number + 1) % 2]
            added["nothing"].append(under_load(host, amounts, lambda: None))
            added["module"].append(under_load(host, amounts, lambda: activate(node, version)))
            added["takeover"].append(under_load(host, amounts, lambda: take_over(node)))
    return [value(f"g.added.{kind}", f"longest added delay of an operation, {name}", "ms", added[kind])
            for kind, name in (("nothing", "while nothing happens"), ("module", "module switched"),
                               ("takeover", "broker taken over"))]


def under_load(host, amounts, event):
    """The longest operation less the median one, in milliseconds, while `event` happens."""
    answers = []
    reader = threading.Thread(target=lambda: answers.append(host.ask(f"closed {RESOURCES} 0 {amounts['switch_s']}")))
    reader.start()
    time.sleep(amounts["switch_s"] * BEFORE)
    event()
    reader.join()
    if not answers or answers[0]["failed"]:
        raise Failed("operations failed during a switch")
    ends = answers[0]["end_us"]
    return (max(ends) - statistics.median(ends)) / 1000


def activate(node, version):
    result = node.broker.control("modules", "activate", MODULE, version)
    if result.returncode != 0:
        raise Failed(f"modules activate: {result.stdout}{result.stderr}")


def take_over(node):
    """Another process of the same program takes over from the one that runs."""
    before = node.broker.process
    node.launch_and_await_serving("--take-over")
    before.wait(60)
