"""E, scale: what a broker costs that has much open or much behind it, and whether the call notices."""

import contextlib
import time

from measuring.node import Node, fill_journal
from measuring.part_c import closed
from measuring.processes import cpu_seconds, private_bytes
from measuring.samples import distribution, value

KIB = 1024


def measure(programs, amounts):
    return {"E": open_resources(programs, amounts) + journals(programs, amounts)}


def latencies(key, name, hosts, amounts):
    ends = {size: [] for size in hosts}
    for _ in range(amounts["repetitions"]):
        for size, host in hosts.items():
            ends[size].append(closed(host, 1, amounts)["end_us"])
    return [{**distribution(f"{key}.{size}", f"enter to end, {size} {name}", "us", samples), "at": size}
            for size, samples in ends.items()]


def open_resources(programs, amounts):
    sizes = amounts["open_resources"]
    figures = []
    with contextlib.ExitStack() as stack:
        nodes = {size: stack.enter_context(Node(programs)).start() for size in sizes}
        hosts = {size: node.host(size) for size, node in nodes.items()}
        for size, node in nodes.items():
            node.until_status(lambda status, size=size: int(status.get("resourcesKnown", 0)) >= size,
                              f"{size} resources to be open")
        figures += latencies("e.open", "resources open", hosts, amounts)
        memory = {size: private_bytes(node.process_id) for size, node in nodes.items()}
        before = {size: (cpu_seconds(node.process_id), cpu_seconds(hosts[size].id)) for size, node in nodes.items()}
        begun = time.monotonic()
        time.sleep(amounts["idle_s"])
        lasted = time.monotonic() - begun
        for size, node in nodes.items():
            figures.append({**value(f"e.memory.{size}", f"private memory of the broker, {size} resources open", "KiB",
                                    [memory[size] / KIB]), "at": size})
            broker, host = cpu_seconds(node.process_id) - before[size][0], cpu_seconds(hosts[size].id) - before[size][1]
            figures.append({**value(f"e.idle.{size}", f"idle CPU of the broker, {size} resources open", "ms/s",
                                    [1000 * broker / lasted]), "at": size})
            figures.append({**value(f"e.idle_host.{size}", f"idle CPU of the host, {size} resources open", "ms/s",
                                    [1000 * host / lasted]), "at": size})
        smallest, largest = sizes[0], sizes[-1]
        each = (memory[largest] - memory[smallest]) / (largest - smallest) / KIB
        figures.append(value("e.per_resource", f"private memory per idle resource ({smallest} to {largest})", "KiB",
                             [each]))
    return figures


def journals(programs, amounts):
    sizes = amounts["journal_operations"]
    figures = []
    with contextlib.ExitStack() as stack:
        hosts = {}
        for size in sizes:
            # As many as it may keep: a journal that is full forgets one with each that ends.
            node = stack.enter_context(Node(programs, limits={"maxEndedOperations": size}))
            fill_journal(programs, node, size)
            figures.append({**value(f"e.start.{size}", f"start of a broker, {size} operations in the journal", "ms",
                                    [1000 * node.launch_and_await_serving()]), "at": size})
            node.start_module()
            hosts[size] = node.host(1)
        figures += latencies("e.journal", "operations in the journal", hosts, amounts)
    return figures
