"""F, the footprint in RHS: what the DLL adds to the process that loads it, beside an empty gRPC client and an
empty DLL."""

import json
import pathlib
import shutil
import subprocess
import tempfile

import deployment
from measuring.node import Node
from measuring.processes import Conversation, private_bytes
from measuring.samples import value

MIB = 1 << 20
SUBJECTS = {"bridge": "the bridge", "grpc": "an empty gRPC client", "empty": "an empty DLL"}


def stripped_bytes(library):
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / library.name
        shutil.copy2(library, copy)
        strip = "x86_64-w64-mingw32-strip" if deployment.WINDOWS else "strip"
        subprocess.run([strip, str(copy)], check=True)
        return copy.stat().st_size


def look(host):
    """What the process has now."""
    said = json.loads(host.hear(120))
    return {**said, "memory": private_bytes(host.id)}


def added(command, log):
    """After the DLL is loaded, and after it has been used; less what the process had before."""
    host = Conversation(command, log)
    before = look(host)
    stages = []
    for _ in range(2):
        host.say()
        stages.append(look(host))
    host.say()
    host.close()
    return [{name: stage[name] - before[name] for name in ("threads", "handles", "memory")} | {"took": stage["took_us"]}
            for stage in stages]


def measure(programs, amounts):
    libraries = {"bridge": deployment.STAGE / ("resource_bridge" + programs.library("x").suffix),
                 "grpc": programs.library("grpc_client_dll"), "empty": programs.library("empty_dll")}
    runs = {kind: [] for kind in SUBJECTS}
    with Node(programs) as node:
        node.start()
        log = node.folder / "footprint.log"
        addresses = [f"{node.address}-{name}" for name in ("a", "b", "c")]
        server = Conversation(programs.command("bench_transport", "serve", *addresses), log)
        port = server.hear(60).split()[1]
        for _ in range(amounts["footprint_runs"]):
            for kind in SUBJECTS:
                arguments = (("bridge", node.address) if kind == "bridge" else
                             ("plain", deployment.os_path(libraries[kind]), f"127.0.0.1:{port}"))
                runs[kind].append(added(programs.command("bench_footprint", *arguments), log))
        server.close()
    figures = []
    for kind, name in SUBJECTS.items():
        figures.append(value(f"f.size.{kind}", f"{name}: size, stripped", "MiB",
                             [stripped_bytes(libraries[kind]) / MIB]))
        for number, stage in enumerate(("loaded", "in use")):
            mine = [run[number] for run in runs[kind]]
            suffix = f"{kind}.{'load' if number == 0 else 'use'}"
            figures += [
                value(f"f.time.{suffix}", f"{name}: time until {stage}", "ms", [run["took"] / 1000 for run in mine]),
                value(f"f.memory.{suffix}", f"{name}: private memory, {stage}", "MiB",
                      [run["memory"] / MIB for run in mine]),
                value(f"f.threads.{suffix}", f"{name}: threads, {stage}", "", [run["threads"] for run in mine]),
                value(f"f.handles.{suffix}", f"{name}: handles, {stage}", "", [run["handles"] for run in mine]),
            ]
    return {"F": figures}
