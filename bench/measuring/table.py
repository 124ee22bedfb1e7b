"""A run as tables: for the terminal, and for docs/performance.md."""


def number(value, unit=""):
    if value is None:
        return ""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
    return f"{text} {unit}".strip()


def figure_rows(figures):
    for figure in figures:
        spread = "" if figure["repetitions"] < 2 else f"{number(figure['low'])} … {number(figure['high'])}"
        tail = [number(figure.get(name)) for name in ("p99", "p999", "max")]
        yield [figure["name"], figure["unit"], number(figure["median"]), spread, *tail, str(figure["samples"])]


HEADER = ["figure", "unit", "median", "spread of medians", "p99", "p99.9", "max", "samples"]
GOALS = ["part", "goal", "here", "limit", "met"]


def goal_rows(goals):
    words = {True: "met", False: "not met", None: ""}
    for goal in goals:
        limit = "" if goal["limit"] is None else f"{goal['sense']} {number(goal['limit'], goal['unit'])}"
        yield [goal["part"], goal["goal"], number(goal["value"], goal["unit"]), limit, words[goal["met"]]]


def plain(header, rows):
    table = [header, *rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(header))]
    lines = []
    for row in table:
        cells = [cell.ljust(width) if i == 0 or header[i] in ("goal", "unit", "met") else cell.rjust(width)
                 for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def markdown(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def show(result):
    """The whole run, on the terminal."""
    text = []
    for part, figures in result["parts"].items():
        text.append(f"\n{result['titles'][part]}\n" + plain(HEADER, figure_rows(figures)))
    text.append("\nGoals\n" + plain(GOALS, goal_rows(result["goals"])))
    return "\n".join(text)
