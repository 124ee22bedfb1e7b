"""The programs under test and how they are run: Linux binaries, or Windows ones under Wine."""

import os
import pathlib
import subprocess

STAGE = pathlib.Path(os.environ["RESOURCE_BROKER_STAGE"])
LAUNCHER = [os.environ["RESOURCE_BROKER_LAUNCHER"]] if os.environ.get("RESOURCE_BROKER_LAUNCHER") else []
WINDOWS = (STAGE / "resource_broker.exe").exists()


def os_path(path):
    """A path as the programs under test write it."""
    return "Z:" + str(path).replace("/", "\\") if WINDOWS else str(path)


def program(name):
    return LAUNCHER + [str(STAGE / (name + (".exe" if WINDOWS else "")))]


def ended_by_wine(result):
    """Once in some thousand ends Wine 8 crashes in its own code, while it ends the threads of a process that has spoken
    its last word. A Windows program that crashes ends with a code, never by a signal."""
    return WINDOWS and result.returncode < 0 and bool(result.stdout or result.stderr)


def exit_code_of(result):
    """The exit code of a program that has ended by itself. If it was ended by Wine it is what was said that counts:
    programs of ours complain on stderr when they fail."""
    return int(bool(result.stderr)) if ended_by_wine(result) else result.returncode


def not_begun(exit_code, said):
    """Whether Wine could not start a program, which happens to one in some thousand (exit codes 1 and 66): a program of
    ours that fails says why."""
    return WINDOWS and exit_code not in (None, 0) and not said


def result_of(command, timeout=60, input="", **options):
    """How the process of a program ended, and what it said; its input and output are text."""
    def once():
        return subprocess.run(command, input=input, capture_output=True, encoding="utf-8", errors="replace",
                              timeout=timeout, **options)
    result = once()
    return once() if not_begun(result.returncode, result.stdout + result.stderr) else result


def run(command, timeout=60, input="", **options):
    """The same with the program's own exit code."""
    result = result_of(command, timeout, input, **options)
    result.returncode = exit_code_of(result)
    return result
