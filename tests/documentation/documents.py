"""The project's documents, and what is in them: headings, links, blocks, commands, tables."""

import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).parents[2]
DOCUMENTS = sorted(path for pattern in ("*.md", "*/*.md", "*/*/*.md") for path in ROOT.glob(pattern)
                   if path.relative_to(ROOT).parts[0] != "build" and "node_modules" not in path.parts)
FENCE = re.compile(r"^```([a-z]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PROGRAMS = ("brokerctl", "resource_broker", "rhs_host")


def text_of(path):
    return path.read_text(encoding="utf-8")


def blocks(text, language):
    return [body for found, body in FENCE.findall(text) if found == language]


def prose(text):
    return FENCE.sub("", text)


def anchors(text):
    """Of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(text):
    return [target for target in re.findall(r"\]\(([^)\s]+)\)", prose(text)) if "://" not in target]


def section(text, heading):
    """What stands below a heading, up to the next of its level or above."""
    level = heading.split(" ")[0]
    rest = text.split(f"\n{heading}\n", 1)[1]
    return re.split(rf"\n#{{1,{len(level)}}} ", rest, maxsplit=1)[0]


def rows(text):
    """The cells of the first table, without its head and without backquotes."""
    lines = [line for line in re.search(r"(^\|.*\n?)+", text, re.MULTILINE).group(0).splitlines()][2:]
    return [[cell.strip().replace("`", "") for cell in line.strip("| ").split(" | ")] for line in lines]


def commands(text):
    """Every command line of one of our programs, in blocks and in the text, as lists of words."""
    lines = []
    for language, body in FENCE.findall(text):
        if language not in ("cpp", "json", "rhs", "cmake"):
            # A line that ends in a backslash goes on in the next.
            lines += body.replace("\\\n", " ").splitlines()
    lines += re.findall(r"^    (\S.*)$", prose(text), re.MULTILINE)
    lines += re.findall(r"`([^`\n]+)`", prose(text))
    # Of programs in pipes and after other commands each is looked at.
    parts = [part for line in lines for part in re.split(r"[|;&]+\s|\$\(|<\(", line)]
    found = []
    for part in parts:
        part = re.sub(r"^\s*(\$ |until |sudo )?", "", part).split("  #")[0].split(" 2>")[0].rstrip(") ")
        name = re.match(r"(\w+)(\.exe)?(?= |$)", part)
        if name is None or name.group(1) not in PROGRAMS or re.search(r"[…│═]| <", part):
            continue
        try:
            found.append([name.group(1), *shlex.split(part[name.end():], comments=True)])
        except ValueError:  # a quotation that ends in another part
            found.append([name.group(1), *part[name.end():].split()])
    return found
