"""What was set as a goal, and whether this run meets it. Each is a ratio or a bound of figures of one run."""

BUDGET_US = 250_000
# "Idle CPU 0": less than a thousandth of a core, which is where the clocks of threads end.
IDLE_MS_PER_S = 1.0


class Figures:
    """The medians of a run by their keys; a goal of which a figure is missing is not judged."""

    def __init__(self, parts):
        self.figures = {figure["key"]: figure for figures in parts.values() for figure in figures}

    def __getitem__(self, key):
        return self.figures[key]["median"]

    def of(self, key, field):
        return self.figures[key][field]

    def sizes(self, prefix):
        return sorted(figure["at"] for key, figure in self.figures.items()
                      if key.startswith(prefix + ".") and "at" in figure)

    def last(self, prefix):
        return f"{prefix}.{self.sizes(prefix)[-1]}"


def transport(f, windows):
    tcp = f["b.ipc"] / f["b.tcp"]
    yield "B", "round trip against TCP loopback", tcp, 0.6 if windows else 1.0, "×"
    yield "B", "round trip against the raw pipe", f["b.ipc"] / f["a.raw"], 1.6 if windows else None, "×"
    yield "B", "4 MiB messages: time against the raw pipe", f["a.bulk"] / f["b.ipc_bulk"], 2.0, "×"


def call(f, windows):
    yield "C", "enter to end, journal in memory, against B", f["c.memory"] / f["b.ipc"], 2.5, "×"
    yield ("C", "enter to end, durable, against 2.5 B and one commit",
           f["c.product"] / (2.5 * f["b.ipc"] + f["d.commit"]), 1.0, "×")
    yield ("C", "enter to return when pending, broker killed, p99.9", f.of("c.killed", "p999") / 1000,
           BUDGET_US / 1000, "ms")


def throughput(f, windows):
    for size in f.sizes("d.product"):
        limit = 0.6 if size == f.sizes("d.product")[-1] else None
        yield ("D", f"operations/s against SQLite's limit, {size} resources",
               f[f"d.product.{size}"] / f[f"d.sqlite.{size}"], limit, "×", "at least")


def scale(f, windows):
    yield "E", "private memory per idle resource", f["e.per_resource"], 16, "KiB"
    yield "E", f"idle CPU, {f.sizes('e.idle')[-1]} resources open", f[f.last("e.idle")], IDLE_MS_PER_S, "ms/s"
    for prefix, what in (("e.open", "resources open"), ("e.journal", "operations in the journal")):
        medians = {size: f[f"{prefix}.{size}"] for size in f.sizes(prefix)}
        spread = max(medians.values()) / min(medians.values())
        yield "E", f"latency, highest against lowest, {min(medians)} to {max(medians)} {what}", spread, 1.15, "×"


def footprint(f, windows):
    yield "F", "size of the DLL, stripped", f["f.size.bridge"], 4, "MiB"
    yield "F", "threads in use", f["f.threads.bridge.use"], 6, ""
    yield "F", "private memory in use", f["f.memory.bridge.use"], 16, "MiB"


def recovery(f, windows):
    size = f.sizes("g.resumed")[-1]
    yield "G", f"broker killed to the last resumed report, {size} pending", f.of(f"g.resumed.{size}", "max"), \
        None if windows else 1000, "ms"


def judge(parts, windows):
    """A list of {part, goal, value, limit, unit, sense, met}; `met` is None where no limit is set here."""
    figures = Figures(parts)
    judged = []
    for goals in (transport, call, throughput, scale, footprint, recovery):
        try:
            for part, goal, number, limit, unit, *sense in goals(figures, windows):
                sense = sense[0] if sense else "at most"
                met = None if limit is None else (number >= limit if sense == "at least" else number <= limit)
                judged.append({"part": part, "goal": goal, "value": number, "limit": limit, "unit": unit,
                               "sense": sense, "met": met})
        except (KeyError, IndexError):  # its part was not measured
            continue
    return judged
