"""Packages made of the staged trees, as `./dev package` makes them."""

import os
import pathlib
import shutil
import subprocess

from deployment import STAGE

SOURCES = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = SOURCES / "deploy" / "package"
NATIVE_STAGE = pathlib.Path(os.environ["RESOURCE_BROKER_NATIVE_STAGE"])
# A time of our own: the tests do not depend on being run in a checkout of git.
ENVIRONMENT = {**os.environ, "SOURCE_DATE_EPOCH": "1700000000"}


def run(*command, environment=ENVIRONMENT, exit_code=0, **options):
    """What a command on this machine said."""
    result = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                            env=environment, timeout=300, **options)
    if exit_code is not None and result.returncode != exit_code:
        raise AssertionError(f"{command}: exit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout + result.stderr


def build_msi(folder, version, stage=STAGE, exit_code=0):
    """The MSI's path."""
    path = folder / f"resource-broker-{version}.msi"
    run("/usr/bin/python3", "-B", PACKAGE / "build_msi.py", "--stage", stage, "--version", version, "--output", path,
        exit_code=exit_code)
    return path


def table(msi, name):
    """The rows of a table, each as a dictionary of its columns."""
    lines = run("msiinfo", "export", msi, name).replace("\r", "").splitlines()
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"))) for line in lines[3:] if line]


def changed_stage(folder, **contents):
    """A copy of the staged tree's installed part with other contents of some files: name without suffix to a function
    of its path."""
    shutil.copytree(STAGE, folder, ignore=shutil.ignore_patterns("test_*", "example_modules"))
    for name, change in contents.items():
        change(next(folder.glob(f"{name}.*")))
    return folder
