"""D, throughput: operations of many resources, beside what SQLite could write of them at most."""

import contextlib

import deployment
from measuring.node import Node
from measuring.part_c import closed
from measuring.processes import run_json
from measuring.samples import value

# An operation waits for the disk twice, before the bridge hears that it is accepted and before it hears the end.
RECORDS = 2


def measure(programs, amounts):
    counts = amounts["throughput_resources"]
    rates = {kind: {count: [] for count in counts} for kind in ("product", "memory", "sqlite", "journal")}
    figures = []
    with contextlib.ExitStack() as stack:
        nodes = {kind: stack.enter_context(Node(programs, kind)).start() for kind in ("product", "memory")}
        hosts = {kind: node.host(max(counts)) for kind, node in nodes.items()}
        for _ in range(amounts["repetitions"]):
            for count in counts:
                for kind, host in hosts.items():
                    said = closed(host, count, amounts, amounts["throughput_s"])
                    rates[kind][count].append(len(said["end_us"]) / said["seconds"])
        product = nodes["product"]
        product.close_host(hosts["product"])
        product.broker.stop()
        each = product.record_bytes() / RECORDS
        # On the disk that the journal was on.
        for number in range(amounts["repetitions"]):
            for count in counts:
                file = deployment.os_path(product.folder / f"limit-{number}-{count}.db")
                said = run_json(programs.command("bench_journal", "sqlite", file, round(each), count,
                                                 amounts["throughput_s"] / 2))
                rates["sqlite"][count].append(said["operations_per_s"])
                if count == 1:
                    figures.append(said["commit_us"])
                file = deployment.os_path(product.folder / f"journal-{number}-{count}.db")
                operations = round(said["operations_per_s"] * amounts["throughput_s"] / 4) + count
                said = run_json(programs.command("bench_journal", "journal", file, count, operations))
                rates["journal"][count].append(said["operations_per_s"])
    names = {"product": "the broker", "memory": "journal in memory", "journal": "our journal without a broker",
             "sqlite": f"SQLite's limit ({RECORDS} records of {each:.0f} bytes)"}
    return {"D": [value("d.commit", "one commit of one record (median of each run)", "us",
                        [sorted(times)[len(times) // 2] for times in figures])] + [
        {**value(f"d.{kind}.{count}", f"{name}, {count} at once", "1/s", rates[kind][count]), "at": count}
        for kind, name in names.items() for count in counts]}
