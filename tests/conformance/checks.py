"""Runs `rhs_host check` and reads what it says."""

import json

from programs import STAGE, WINDOWS, ended_by_wine, os_path, program, result_of

# Short, since the test resources take some milliseconds for everything they do.
QUICK = ["--pending-timeout", "2000", "--deadlock-timeout", "2000", "--cycles", "100", "--property", "StepMs:dword=3"]


def test_resource(name):
    """A resource DLL made for tests."""
    return os_path(STAGE / "test_resources" / (name + (".dll" if WINDOWS else ".so")))


def check(dll, *options, timeout=300):
    """The findings by the names of their checks, and the exit code."""
    command = program("rhs_host") + ["check", dll, "-o", "json", *options]
    result = result_of(command, timeout)
    if result.returncode not in (0, 1) and not ended_by_wine(result):
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    findings = {finding["check"]: finding for finding in json.loads(result.stdout)}
    return findings, int(bool(named(findings, "fail"))) if ended_by_wine(result) else result.returncode


def named(findings, outcome):
    return sorted(name for name, finding in findings.items() if finding["outcome"] == outcome)


def told(findings):
    """All of it, for a failed test."""
    return "\n".join(f"{f['point']:2} {name} {f['outcome']}: {f['evidence']}" for name, f in findings.items())
