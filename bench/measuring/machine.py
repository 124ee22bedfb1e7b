"""The machine and the build that a run's figures are of."""

import datetime
import os
import pathlib
import platform
import subprocess


def said_by(*command):
    """The first line a program prints; None without it."""
    try:
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = result.stdout.splitlines()
    return lines[0].strip() if lines else None


def cpu_model():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_mib():
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) // 1024
    return 0


def describe(windows, sources, data_folder):
    root = str(sources)
    changed = said_by("git", "-C", root, "status", "--porcelain", "--untracked-files=no")
    compiler = "x86_64-w64-mingw32-g++" if windows else "g++"
    return {
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "memory_mib": memory_mib(),
        "kernel": platform.release(),
        "file_system": said_by("stat", "-f", "-c", "%T", str(data_folder)),
        "wine": said_by("wine", "--version") if windows else None,
        "compiler": said_by(compiler, "--version"),
        "commit": (said_by("git", "-C", root, "rev-parse", "--short=12", "HEAD") or "unknown")
                  + (" and changes" if changed else ""),
        "begun": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        # Of the last minute: others who use the machine show here.
        "load_before": os.getloadavg()[0],
    }
