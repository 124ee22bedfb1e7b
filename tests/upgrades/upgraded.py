"""A broker whose program is upgraded again and again, and what is seen of that."""

import re
import shutil
import subprocess

import deployment
import figures
import rhs_calls
from deployment import WINDOWS, EndToEndTest, kill_process, os_path, program, run

UPGRADE_TIMEOUT_S = 120
WINDOWS_SUFFIX = ".exe" if WINDOWS else ""


class UpgradedTest(EndToEndTest):
    """Two copies of the program under other paths stand for two versions: process id and path tell them apart."""

    def setUp(self):
        super().setUp()
        self.broker.install("recorder")
        self.programs = [self.copy_of_program(name) for name in ("one", "two")]
        # Brokers that an upgrade started are nobody's children.
        self.addCleanup(self.end_detached)

    def copy_of_program(self, name):
        folder = self.folder / f"version {name}"
        folder.mkdir()
        return shutil.copy2(deployment.STAGE / ("resource_broker" + WINDOWS_SUFFIX), folder)

    def end_detached(self):
        for process_id in self.broker_processes():
            kill_process(process_id)

    def broker_processes(self):
        """Every process that runs as a broker with our configuration."""
        if WINDOWS:
            return []
        found = []
        result = subprocess.run(["pgrep", "-f", f" run .*{re.escape(str(self.broker.config))}"], capture_output=True,
                                text=True)
        for process_id in map(int, result.stdout.split()):
            try:
                with open(f"/proc/{process_id}/stat") as stat:
                    state = stat.read().rpartition(")")[2].split()[0]
            except FileNotFoundError:
                continue
            if state != "Z":
                found.append(process_id)
        return found

    def serving(self):
        """The process id of who answers administrators; None: nobody."""
        result = self.broker.control("-o", "json", "status")
        return int(deployment.json.loads(result.stdout)["processId"]) if result.returncode == 0 else None

    def upgrade_command(self, path, *options):
        return program("resource_broker") + ["upgrade", os_path(path), "--config", os_path(self.broker.config),
                                             *options]

    def upgrade(self, path, *options, exit_code=0):
        """What it said."""
        result = run(self.upgrade_command(path, *options), timeout=UPGRADE_TIMEOUT_S)
        self.assertEqual(result.returncode, exit_code, f"{result.stdout}{result.stderr}\n{self.service_log()[-6000:]}")
        return result.stdout + result.stderr

    def service_log(self):
        log = self.folder / "data" / "logs" / "resource_broker.log"
        return log.read_text(errors="replace") if log.exists() else ""

    def gaps_ms(self):
        """How long no broker answered, at each take-over."""
        units = {"us": 0.001, "ms": 1, "s": 1000}
        return [float(number) * units[unit] for number, unit in
                re.findall(r"No broker answered bridges for ([0-9.]+)(us|ms|s)\b", self.service_log())]

    # --- The load ---

    def load(self, cycles):
        """A host that takes three resources online and offline without a pause, and two more whose operations last
        longer than an upgrade; in the background."""
        short, long = ["s1", "s2", "s3"], ["l1", "l2"]
        properties = {}
        for name in short:
            properties.update(self.recorder(name, OnlineScript="wait:20;done", OfflineScript="wait:20;progress:50:half;done"))
        for name in long:
            properties.update(self.recorder(name, OnlineScript="wait:1500;done",
                                            OfflineScript="wait:700;progress:30:a;wait:700;progress:60:b;wait:700;done"))
        script = [f'open {name} type="Resource Broker" pending-timeout=120s' for name in short + long]
        number = 0
        for cycle in range(cycles):
            for call, state in (("online", "Online"), ("offline", "Offline")):
                names = short + (long if cycle % 10 == 0 else [])
                # A long one has ended before its next call.
                script += [f"wait {name} pending=false timeout=120s" for name in long if name in names]
                for name in names:
                    number += 1
                    script.append(f"& {call} {name} reserved={number}")
                script.append("join")
                script += [f"looks {name}" for name in short] + [f"alive {long[0]}"]
                script += [f"wait {name} state={state} timeout=120s" for name in short]
        script += [f"wait {name} pending=false timeout=120s" for name in long]
        script += [f"close {name}" for name in short + long]
        process, record, finish = self.start_host(script, properties)
        self.until(lambda: len(self.recorded()) > 4, "the load to begin")
        return process, finish, short + long

    def upgrade_under_load(self, upgrades, cycles, judge):
        """Upgrades to the one program and the other while operations run; `judge` is given the new process and its
        program. No operation may fail, and the modules stay the same processes."""
        host, finish, names = self.load(cycles)
        modules = self.broker.module_processes()
        before = self.serving()
        for count in range(1, upgrades + 1):
            self.assertIsNone(host.poll(), f"the load ended before upgrade {count}: it must be longer")
            path = self.programs[count % 2]
            self.upgrade(path)
            after = self.serving()
            self.assertNotEqual(after, before)
            judge(after, path)
            self.assertEqual(self.broker.module_processes(), modules)
            before = after
        self.judge_load(finish(timeout=600), names)
        self.assertEqual(self.broker.module_processes(), modules)

    def judge_load(self, run, names):
        """Every operation has succeeded once for RHS, once for the module and once in the history; no call was late."""
        calls = rhs_calls.calls_of(run.records)
        durations = {}
        for name in names:
            for call in calls[name]:
                what = f"{name}: {call.name}"
                finals = call.final_reports()
                self.assertIsNotNone(call.returned, what)
                self.assertEqual(len(finals), 1 if call.returned == rhs_calls.ERROR_IO_PENDING else 0, what)
                self.assertEqual(call.told(), "Online" if call.kind == "ONLINE" else "Offline", what)
                self.assertTrue(all(report["app"] == 0 for report in finals), what)
            executed = sorted(r["reserved"] for r in self.recorded() if r["resource"] == name)
            self.assertEqual(executed, sorted(call.reserved for call in calls[name]), name)
            listed = self.broker.control_json("operations", "list", "--limit", "10000", "--resource", name)["operations"]
            self.assertEqual([o["events"][-1]["kind"] for o in listed], ["SUCCEEDED"] * len(calls[name]), name)
            # Those of one kind last equally long.
            ended = figures.ends_ms(run.records, name)
            durations[name] = [took for _, took in ended[1::2]]
        added = {name: figures.added_ms(times) for name, times in durations.items() if times}
        print(f"{sum(len(calls[name]) for name in names)} operations; longest added delay of one in ms:",
              ", ".join(f"{name} {delay:.0f}" for name, delay in sorted(added.items())))
        figures.judge_entry_points(self, run.records, names)
