"""A broker of its own, and hosts of resources for it."""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time
import uuid

import deployment
from measuring.processes import Conversation, Failed

MODULE = "bench_module"
SERVING_POLL_S = 0.001


class Programs:
    """The measuring programs of one build."""

    def __init__(self, build):
        self.folder = pathlib.Path(build) / "bench"

    def path(self, name):
        return self.folder / (name + (".exe" if deployment.WINDOWS else ""))

    def command(self, name, *arguments):
        return deployment.LAUNCHER + [str(self.path(name)), *map(str, arguments)]

    def library(self, name):
        return self.folder / (name + (".dll" if deployment.WINDOWS else ".so"))


class Node:
    """A folder with a broker in it: `product` is resource_broker, `memory` and `file` are bench_broker with such a
    journal. Everything ends, and the folder is gone, when it is closed."""

    def __init__(self, programs, kind="product", versions=("1.0.0",), **sections):
        self.programs = programs
        self.kind = kind
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-bench-"))
        unique = uuid.uuid4().hex[:12]
        if deployment.WINDOWS:
            self.address, admin = f"npipe:////./pipe/rb-bench-{unique}", f"npipe:////./pipe/rb-bench-admin-{unique}"
        else:
            (self.folder / "run").mkdir(mode=0o700)
            self.address, admin = f"unix:{self.folder}/run/bridge.sock", f"unix:{self.folder}/run/admin.sock"
        # What is measured is not what is logged.
        self.broker = deployment.Broker(self.folder, self.address, admin, logLevel="info", **sections)
        for version in versions:
            self.broker.install(MODULE, version)
        self.bench_broker = None
        self.hosts = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for host in self.hosts:
            host.close()
        if self.bench_broker is not None:
            self.bench_broker.close()
        self.broker.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def journal(self):
        return self.folder / "data" / "journal.db"

    def start(self):
        """The module runs as well: its start is nobody's latency."""
        if self.kind == "product":
            self.broker.start()
            return self.start_module()
        config = deployment.os_path(self.broker.config)
        self.bench_broker = Conversation(self.programs.command("bench_broker", self.kind, config), self.broker.log)
        if self.bench_broker.hear(60) != "serving":
            raise Failed("bench_broker did not start")
        return self.start_module()

    def start_module(self):
        host = self.host(1)
        if host.ask("closed 1 0 0")["failed"]:
            raise Failed("the module can't be started")
        self.close_host(host)
        return self

    @property
    def process_id(self):
        return self.broker.process.pid if self.kind == "product" else self.bench_broker.id

    def launch_and_await_serving(self, *options):
        """Seconds from the start of the product's process to the moment it serves."""
        said = self.broker.log.stat().st_size if self.broker.log.exists() else 0
        begun = time.monotonic()
        self.broker.launch(*options)
        while deployment.SERVING not in self.broker.logged_since(said):
            if self.broker.process.poll() is not None or time.monotonic() > begun + deployment.START_TIMEOUT_S:
                raise Failed("the broker did not start: " + self.broker.log.read_text(errors="replace")[-2000:])
            time.sleep(SERVING_POLL_S)
        return time.monotonic() - begun

    def host(self, resources=1, **properties):
        """A bench_call with so many open resources of our module."""
        words = [f"{name}={value}" for name, value in {"Module": MODULE, **properties}.items()]
        host = Conversation(self.programs.command("bench_call", self.address, *words), self.folder / "host.log")
        self.hosts.append(host)
        host.opened = host.ask(f"open {resources}")
        return host

    def close_host(self, host):
        host.close()
        self.hosts.remove(host)

    def status(self):
        return self.broker.control_json("status")

    def until_status(self, condition, what, timeout=120):
        deadline = time.monotonic() + timeout
        while not condition(self.status()):
            if time.monotonic() > deadline:
                raise Failed(f"waited {timeout} s for {what}")
            time.sleep(0.05)

    def record_bytes(self):
        """What the journal holds of one operation, on average; when the broker has ended."""
        with sqlite3.connect(f"file:{self.journal}?mode=ro", uri=True) as journal:
            of_operations, operations = journal.execute(
                "SELECT sum(length(id) + length(resource) + length(request) + length(module) + "
                "ifnull(length(beginning), 0) + ifnull(length(ending), 0)), count(*) FROM operations").fetchone()
            of_events, = journal.execute("SELECT ifnull(sum(length(event)), 0) FROM events").fetchone()
        journal.close()
        return (of_operations + of_events) / operations


def fill_journal(programs, node, operations):
    """Before the node's broker starts."""
    node.journal.parent.mkdir(mode=0o700, exist_ok=True)
    result = subprocess.run(
        programs.command("bench_journal", "fill", deployment.os_path(node.journal), operations),
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=3600)
    if result.returncode != 0:
        raise Failed(f"bench_journal fill: {result.stderr}")
    return json.loads(result.stdout)


