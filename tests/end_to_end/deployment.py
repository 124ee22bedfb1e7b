"""A broker, its modules and a stand-in for RHS, run from a staged tree in a folder of their own.

The same tests drive the Linux binaries and the Windows ones: RESOURCE_BROKER_STAGE names the tree, and
RESOURCE_BROKER_LAUNCHER, where set, the program that starts its binaries (deploy/wine).
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import uuid

from programs import LAUNCHER, STAGE, WINDOWS, exit_code_of, not_begun, os_path, program, run

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 40
# A bridge that waits for the outcome rather than answering 997: for what is about the outcome, not about the time.
PATIENT = {"CallBudgetMs:dword": "30000"}
# What the broker logs once clients can connect.
SERVING = b" runs as process "


def kill_process(process_id):
    """Ends a process of the system under test as a crash would."""
    if WINDOWS:
        subprocess.run(LAUNCHER + ["taskkill", "/f", "/pid", str(process_id)], stdin=subprocess.DEVNULL,
                       capture_output=True, timeout=60)
        return
    try:
        os.kill(process_id, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Broker:
    """One `resource_broker run`, which can be stopped, killed and started again."""

    def __init__(self, folder, bridge_address, admin_address, **sections):
        self.folder = folder
        self.admin_address = admin_address
        self.modules = folder / "modules"
        self.modules.mkdir(exist_ok=True)
        self.config = folder / "broker.json"
        self.config.write_text(json.dumps({
            "bridgeAddress": bridge_address,
            "adminAddress": admin_address,
            "modulesDirectory": self.path(self.modules),
            "dataDirectory": self.path(folder / "data"),
            "logLevel": "debug",
            **{name: section for name, section in sections.items() if section},
        }))
        self.process = None
        # What `launch` starts, and with which arguments beside the configuration.
        self.program = program("resource_broker")
        self.log = folder / "broker.log"

    def path(self, path):
        """As this broker writes it."""
        return os_path(path)

    def install(self, name, version="1.0.0", source=None, manifest=None):
        """Puts a module of the staged tree into this broker's modules folder, perhaps with another manifest."""
        source = source or next(p for p in (STAGE / "modules" / name / version, STAGE / "test_modules" / name / version)
                                if p.exists())
        target = self.modules / (manifest["name"] if manifest else name) / version
        shutil.copytree(source, target)
        if manifest:
            (target / "manifest.json").write_text(json.dumps(manifest))
        return target

    def launch(self, *options):
        """Starts the process and returns at once."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.program + ["run", "--config", self.path(self.config), *options],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def start(self, *options):
        said = self.log.stat().st_size if self.log.exists() else 0
        self.launch(*options)
        deadline = time.monotonic() + START_TIMEOUT_S
        again = True
        while SERVING not in self.logged_since(said):
            if again and not_begun(self.process.poll(), self.logged_since(said)):
                again = False
                self.launch(*options)
            elif self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the broker did not start:\n{self.log.read_text(errors='replace')[-4000:]}")
            time.sleep(0.02)
        return self

    def logged_since(self, offset):
        with open(self.log, "rb") as log:
            log.seek(offset)
            return log.read()

    def kill(self):
        """Ends it as a crash would: without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(STOP_TIMEOUT_S)

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            if WINDOWS:  # a console program under Wine gets no Ctrl+C from outside; services are stopped by the manager
                self.kill()
            else:
                self.process.terminate()
                self.process.wait(STOP_TIMEOUT_S)
        # After a kill its modules live on.
        for module in self.running_modules():
            kill_process(module["processId"])

    def running_modules(self):
        """What the broker has written down of the module processes that run; of one module there may be several."""
        running = []
        for file in (self.folder / "data" / "running").glob("*.json"):
            try:
                running.append(json.loads(file.read_text()))
            except (FileNotFoundError, PermissionError):  # it ends just now
                continue
        return running

    def module_processes(self):
        """The same of modules of which one version runs: name to process id."""
        return {module["manifest"]["name"]: module["processId"] for module in self.running_modules()}

    def history(self, operation_id):
        """The events of an operation, by its id in hexadecimal."""
        return self.control_json("operations", "get", operation_id)["events"]

    def histories(self, operation_ids):
        """The same of many."""
        if len(operation_ids) < 2:
            return [self.history(operation_id) for operation_id in operation_ids]
        result = self.control("-o", "json", "operations", "get", *operation_ids)
        if result.returncode != 0:
            raise AssertionError(f"brokerctl operations get: exit code {result.returncode}\n{result.stderr}")
        return [json.loads(line)["events"] for line in result.stdout.splitlines()]

    def control(self, *arguments, timeout=60):
        return run(program("brokerctl") + ["--address", self.admin_address, *arguments], timeout=timeout)

    def control_json(self, *arguments):
        result = self.control("-o", "json", *arguments)
        if result.returncode != 0:
            raise AssertionError(f"brokerctl {arguments}: exit code {result.returncode}\n{result.stderr}")
        return json.loads(result.stdout)


class HostRun:
    """What a run of rhs_host printed and recorded."""

    def __init__(self, result, records):
        self.exit_code = exit_code_of(result)
        self.output = result.stdout + result.stderr
        self.records = records

    def calls(self, resource, entry_point):
        """The calls of one entry point that returned, in order."""
        return [r for r in self.records if r["kind"] == "return" and r.get("resource") == resource
                and r["entry_point"] == entry_point]

    def since(self, record):
        return self.records[self.records.index(record) + 1:]

    def reports(self, resource):
        """The status reports RHS got for a resource, in order."""
        return [r for r in self.records if r["kind"] == "report" and r["resource"] == resource]

    def logged(self, resource=None):
        return "\n".join(r["message"] for r in self.records if r["kind"] == "log"
                         and (resource is None or r.get("resource") == resource))


class EndToEndTest(unittest.TestCase):
    """Gives each test a folder, addresses of its own and a broker (not started)."""

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rb-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        unique = uuid.uuid4().hex[:12]
        if WINDOWS:
            self.bridge_address = f"npipe:////./pipe/rb-test-{unique}"
            self.admin_address = f"npipe:////./pipe/rb-test-admin-{unique}"
        else:
            (self.folder / "run").mkdir(mode=0o700)
            self.bridge_address = f"unix:{self.folder}/run/bridge.sock"
            self.admin_address = f"unix:{self.folder}/run/admin.sock"
        self.brokers = []
        self.addCleanup(lambda: [broker.stop() for broker in self.brokers])
        self.broker = self.make_broker()
        self.record_file = self.folder / "record.jsonl"

    def make_broker(self, **options):
        broker = Broker(self.folder, self.bridge_address, self.admin_address, **options)
        self.brokers.append(broker)
        return broker

    def recorder(self, resource, **properties):
        """Properties of a resource served by the recording test module."""
        return self.properties(resource, Module="recorder", RecordFile=os_path(self.record_file), **properties)

    def properties(self, resource, **properties):
        return {f"{resource}:{name}": value for name, value in {"PipeName": self.bridge_address, **properties}.items()}

    def host_command(self, script, properties, options=()):
        script_file = self.folder / f"script-{uuid.uuid4().hex[:8]}.txt"
        script_file.write_text("\n".join(script) + "\n", encoding="utf-8")
        record = script_file.with_suffix(".jsonl")
        command = program("rhs_host") + ["run", "--json", os_path(record), *options]
        for name, value in properties.items():
            command += ["--property", f"{name}={value}"]
        return command + [os_path(script_file)], record

    def host(self, script, properties, options=(), timeout=120, exit_code=0):
        """Runs a script in the stand-in for RHS and expects its exit code."""
        command, record = self.host_command(script, properties, options)
        host = HostRun(run(command, timeout=timeout), read_records(record))
        if exit_code is not None:
            self.assertEqual(host.exit_code, exit_code,
                             f"{host.output[-6000:]}\n--- broker\n{self.broker_log()[-6000:]}")
        return host

    def start_host(self, script, properties, options=()):
        """The same, in the background: a Popen and the function that gives its HostRun."""
        command, record = self.host_command(script, properties, options)
        said, complained = record.with_suffix(".out"), record.with_suffix(".err")
        # Not pipes: a full one would hold it up until it is read.
        with open(said, "wb") as output, open(complained, "wb") as errors:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)

        def finish(timeout=120, exit_code=0):
            process.wait(timeout)
            result = subprocess.CompletedProcess(command, process.returncode, said.read_text(errors="replace"),
                                                 complained.read_text(errors="replace"))
            # One that was killed may have left half a line.
            host = HostRun(result, complete_records(record))
            if exit_code is not None:
                self.assertEqual(host.exit_code, exit_code,
                                 f"{host.output[-6000:]}\n--- broker\n{self.broker_log()[-6000:]}")
            return host

        return process, record, finish

    def recorded(self):
        """What the recording module was asked to do, in order."""
        return complete_records(self.record_file)

    def broker_log(self):
        return self.broker.log.read_text(errors="replace") if self.broker.log.exists() else ""

    def until(self, condition, what, timeout=30):
        """Waits for something another process does, which it has no way to tell us."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                self.fail(f"waited {timeout} s for {what}\n{self.broker_log()[-3000:]}")
            time.sleep(0.02)


def read_records(path):
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def complete_records(path):
    """The same of a file that is still written to: its last line may be half there."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").rpartition("\n")[0].splitlines() if line]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
