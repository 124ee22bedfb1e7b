"""Puts the newest results into docs/performance.md, between its marks, and their plots beside it."""

import json
import shutil

from measuring.table import GOALS, HEADER, figure_rows, goal_rows, markdown

PLATFORMS = {"native": "Linux binaries", "windows": "Windows binaries under Wine"}


def section(result):
    machine = result["machine"]
    of = [f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_mib']} MiB", f"Linux {machine['kernel']}",
          f"journal on {machine['file_system']}", machine["wine"], machine["compiler"], f"commit {machine['commit']}",
          machine["begun"]]
    text = [f"### {PLATFORMS[result['platform']]}", "",
            "; ".join(word for word in of if word) + ".", "",
            f"Load of the machine (mean number of running processes) before the run: {machine['load_before']:.1f}, "
            f"after it: {machine['load_after']:.1f}." + (
                " That is more than this run makes: the figures are of a machine that others used too."
                if machine["load_before"] > 0.5 else ""), "",
            markdown(GOALS, goal_rows(result["goals"])), ""]
    text += [f"![{name}](performance/{name})\n" for name in result["plots"]]
    for part, figures in result["parts"].items():
        text += [f"**{result['titles'][part]}**", "", markdown(HEADER, figure_rows(figures)), ""]
    return "\n".join(text)


def rewrite(results, document):
    """`results` is the folder of the runs. Returns the platforms that were put in."""
    text = document.read_text(encoding="utf-8")
    done = []
    for platform in PLATFORMS:
        file = results / f"{platform}.json"
        begin, end = f"<!-- begin {platform} -->\n", f"<!-- end {platform} -->"
        if not file.exists() or begin not in text:
            continue
        result = json.loads(file.read_text(encoding="utf-8"))
        before, _, rest = text.partition(begin)
        text = before + begin + "\n" + section(result) + "\n" + end + rest.partition(end)[2]
        plots = document.parent / "performance"
        plots.mkdir(exist_ok=True)
        for name in result["plots"]:
            shutil.copyfile(results / name, plots / name)
        done.append(platform)
    document.write_text(text, encoding="utf-8")
    return done
