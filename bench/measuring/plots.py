"""SVG plots of a run, by gnuplot."""

import subprocess

STYLE = """set terminal svg size 860,560 font "sans-serif,12" background "#ffffff"
set grid lc rgb "#dddddd"
set key below left vertical maxcols 1
set border 3
set tics nomirror
"""
DISTRIBUTIONS = ("a.raw", "b.ipc", "b.tcp", "c.memory", "c.product", "c.paced")


class Plot:
    """Lines over x, each of (x, y) points."""

    def __init__(self, commands):
        self.commands = commands
        self.lines = []

    def add(self, name, points, style="lines"):
        if points:
            self.lines.append((name.replace('"', "'"), points, style))
        return self

    def write(self, file):
        if not self.lines:
            return False
        text = [STYLE, self.commands, f"set output \"{file.name}\""]
        for i, (_, points, _) in enumerate(self.lines):
            text += [f"$data{i} << EOD", *(f"{x} {y}" for x, y in points), "EOD"]
        text.append("plot " + ", ".join(
            f"$data{i} using 1:2 with {style} lw 2 title \"{name}\" noenhanced"
            for i, (name, _, style) in enumerate(self.lines)))
        subprocess.run(["gnuplot"], input="\n".join(text) + "\n", text=True, check=True, cwd=file.parent, timeout=60,
                       capture_output=True)
        return True


def curve(figure):
    """A distribution with its tail drawn out: x is one in how many samples is slower."""
    return [(1 / (1 - share), at) for share, at in figure["curve"]]


def over_size(figures, prefix, field="median"):
    return sorted((figure["at"], figure[field]) for key, figure in figures.items()
                  if key.startswith(prefix + ".") and "at" in figure)


def draw(result, folder):
    """The names of the files made."""
    figures = {figure["key"]: figure for part in result["parts"].values() for figure in part}
    latency = Plot('set logscale xy\nset xlabel "one in so many takes at least"\nset ylabel "microseconds"')
    for key in DISTRIBUTIONS:
        if key in figures:
            latency.add(figures[key]["name"], curve(figures[key]))
    throughput = Plot('set logscale xy\nset xlabel "resources at once"\nset ylabel "operations per second"')
    for kind, name in (("sqlite", "SQLite's limit"), ("journal", "our journal alone"), ("memory", "journal in memory"),
                       ("product", "the broker")):
        throughput.add(name, over_size(figures, f"d.{kind}"), "linespoints")
    scale = Plot('set logscale x\nset yrange [0:*]\nset xlabel "how many"\nset ylabel "microseconds, enter to end"')
    scale.add("resources open", over_size(figures, "e.open"), "linespoints")
    scale.add("operations in the journal", over_size(figures, "e.journal"), "linespoints")
    recovery = Plot('set logscale x\nset yrange [0:*]\nset xlabel "operations pending"\n'
                    'set ylabel "milliseconds after the kill"')
    recovery.add("first resumed report", over_size(figures, "g.first"), "linespoints")
    recovery.add("last resumed report", over_size(figures, "g.resumed", "max"), "linespoints")
    made = []
    for name, plot in (("latency", latency), ("throughput", throughput), ("scale", scale), ("recovery", recovery)):
        file = folder / f"{result['platform']}-{name}.svg"
        if plot.write(file):
            made.append(file.name)
    return made
