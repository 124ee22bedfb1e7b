"""Every state of an operation, with each process killed in it: when the state is reached, and at each fault point an
operation in that state passes. The broker is also killed once more, while it takes over what the one before left. The
checker judges each cell.

  crash_matrix.py                     runs all cells and prints the table
  crash_matrix.py "STATE VICTIM …"    runs the cells whose name begins so

Environment as for all tests here. Exit code 1: a cell failed; its name and what was wrong are printed.
"""

import collections
import concurrent.futures
import dataclasses
import json
import sys

import judged
from deployment import kill_process

VICTIMS = ("broker", "module", "RHS")
# A few cells wait for one another's processes most of the time.
DEPLOYMENTS = 4
# Longer than any cell lasts: what is held is let go by `fault clear`.
HOLD_MS = 60000
RETURN_TO_SOURCE_NODE_ON_ERROR = 0x02
QUEUE_ENABLED = 0x04


@dataclasses.dataclass(frozen=True)
class State:
    """What an offline does to get into a state and stay there. G1 and G2 are files: the first is made once the fault is
    armed (and the module has the offline, where it matters), the second once the victim is dead."""

    name: str
    script: str
    restore_script: str = ""
    flags: int = 0
    # What RHS does once the module has it.
    then: str = ""
    # Points that an operation in this state passes, on its way in or out.
    points: tuple = ()
    # The fault is armed before RHS asks, rather than when the module waits for G1.
    arm_early: bool = True
    # Says that the state is reached by what the history and the records have; None: nothing holds it there.
    holds: str = ""


# No cancel ends it.
SLOW = "holdfile:{G2};done"
STATES = (
    State("accepted", "done",
          points=("bridge.operation.start", "journal.commit.accepted", "bridge.operation.answer")),
    State("queued", "busy:1:1:1500;done", flags=QUEUE_ENABLED, points=("journal.commit.queued",), holds="QUEUED"),
    State("running", "waitfile:{G2};done", points=("journal.commit.running", "module.execute"), holds="executed"),
    State("running with progress", "waitfile:{G1};progress:1:a;waitfile:{G2};done", arm_early=False,
          points=("module.progress", "journal.commit.progress", "bridge.event.send"), holds="PROGRESS"),
    State("cancel requested", SLOW,
          then="cancel {name}",
          points=("bridge.cancel", "journal.commit.cancel_requested", "module.cancel"), holds="CANCEL_REQUESTED"),
    State("terminate requested", SLOW,
          then="terminate {name}",
          points=("bridge.terminate", "journal.commit.terminate_requested", "module.terminate"),
          holds="TERMINATE_REQUESTED"),
    State("restoring", "waitfile:{G1};fail:5:no", "waitfile:{G2};done", flags=RETURN_TO_SOURCE_NODE_ON_ERROR,
          arm_early=False, points=("journal.commit.progress", "module.execute"), holds="restored"),
    State("ended, not told yet", "waitfile:{G1};done", arm_early=False,
          points=("module.result", "journal.commit.final", "bridge.event.send")),
)
# Passed in one direction only.
NOT_AFTER = {"bridge.operation.start"}
# Where the next broker is killed, too.
RECOVERY = (("recover.load", "after"), ("recover.adopt", "before"), ("recover.adopt", "after"),
            ("recover.done", "before"))


@dataclasses.dataclass(frozen=True)
class Cell:
    state: State
    victim: str
    # Empty: killed when the state is reached.
    point: str
    side: str
    module: str

    @property
    def in_recovery(self):
        return (self.point, self.side) in RECOVERY

    @property
    def held(self):
        """The victim is killed when the state is reached, rather than at a point."""
        return not self.point or self.in_recovery

    @property
    def name(self):
        return f"{self.state.name} {self.victim} {self.side} {self.point} {self.module}".replace("  ", " held ")


def all_cells():
    for state in STATES:
        places = [("", "")] if state.holds else []
        places += [(point, side) for point in state.points for side in ("before", "after")
                   if side == "before" or point not in NOT_AFTER]
        for victim in VICTIMS:
            recovery = RECOVERY if victim == "broker" and state.holds else ()
            for place, (point, side) in enumerate([*places, *recovery]):
                # Both kinds of modules, in turn; the module itself is killed with either.
                kinds = judged.MODULES if victim == "module" else judged.MODULES[place % 2:place % 2 + 1]
                for module in kinds:
                    yield Cell(state, victim, point, side, module)


def some_cells(count):
    """Spread over all: every state and every victim is among them."""
    cells = list(all_cells())
    return cells[::max(1, len(cells) // count)]


class CellFailed(Exception):
    pass


class Matrix(judged.JudgedTest):
    """One deployment for many cells, one after the other; each has a resource of its own."""

    failureException = CellFailed

    def setUp(self):
        super().setUp()
        self.allow_faults()
        self.broker.start()
        self.cells = 0

    def runTest(self):
        pass

    def warm(self, module):
        """The module runs, so that it can be killed."""
        if module in self.broker.module_processes():
            return
        name = f"warm{self.cells}"
        self.host([f'open {name} type="Resource Broker"', f"online {name}", f"wait {name} pending=false timeout=30s",
                   f"close {name}"], self.judged_recorder(name, module))

    # --- What RHS does ---

    def gate(self, name):
        """Another resource, which comes online with G1: RHS has no other way to see that the module has the offline."""
        return f"{name}gate"

    def work(self, cell):
        files = {"G1": self.path(1), "G2": self.path(2)}
        work = {"Script": cell.state.script.format(**files), "RestoreScript": cell.state.restore_script.format(**files)}
        return json.dumps(work).encode().hex()

    def path(self, number):
        return self.folder / f"go{self.cells}-{number}"

    def afterwards(self, name, reserved):
        """The resource can be used like any other."""
        wait = f"wait {name} pending=false timeout=60s"
        return [f"online {name} reserved={reserved}", wait, f"offline {name} reserved={reserved + 1}", wait,
                f"close {name}"]

    def opened(self, name, flags=0):
        return f'open {name} type="Resource Broker" flags={flags} pending-timeout=30s'

    def script(self, cell, name):
        offline = [self.opened(name), f"offline {name} flags={cell.state.flags} reserved=1 in=hex:{self.work(cell)}"]
        end = [f"wait {name} pending=false timeout=60s", *self.afterwards(name, 2)]
        if not cell.state.then:
            return offline + end
        gate = self.gate(name)
        work = json.dumps({"Script": f"waitfile:{self.path(1)};done"}).encode().hex()
        return [self.opened(gate), f"online {gate} reserved=9 in=hex:{work}", *offline,
                f"wait {gate} pending=false timeout=30s", cell.state.then.format(name=name), *end]

    # --- What is done to it ---

    def executions(self, name, restore):
        return [e for e in self.recorded() if e["resource"] == name and e["restore"] == restore]

    def reached(self, cell, name):
        if cell.state.holds in ("executed", "restored"):
            return bool(self.executions(name, restore=cell.state.holds == "restored"))
        # A step that the module had begun may be told after it; the operation has not ended in any case.
        kinds = [[e["kind"] for e in o["events"]] for o in self.listed("--resource", name)]
        return any(cell.state.holds in k and k[-1] in (cell.state.holds, "PROGRESS") for k in kinds)

    def arm(self, cell):
        action = ("crash_" if cell.victim == "broker" else "delay_") + cell.side
        hold = [] if cell.victim == "broker" else ["--ms", str(HOLD_MS)]
        result = self.broker.control("fault", "arm", action, cell.point, *hold)
        if result.returncode != 0:
            raise CellFailed(f"fault arm {action} {cell.point}: {result.stderr}")

    def holding(self, point):
        points = self.broker.control_json("fault", "list")["points"]
        return next(p for p in points if p["point"] == point).get("holding", False)

    def strike(self, cell, host):
        """Kills the victim at its place. An error if that is never reached."""
        what = f"the cell \"{cell.name}\" to be reached"
        if cell.victim == "broker":
            if cell.held:
                self.broker.kill()
            if cell.in_recovery:
                self.allow_faults(armed=[{"point": cell.point, "action": f"CRASH_{cell.side.upper()}"}])
                self.broker.launch()
            if cell.point:
                self.until(lambda: self.broker.process.poll() is not None, what)
            self.allow_faults()
            self.broker.start()
            return
        if cell.point:
            self.until(lambda: self.holding(cell.point), what)
        if cell.victim == "module":
            kill_process(self.broker.module_processes()[cell.module])
        else:
            host.kill()
        if cell.point:
            self.broker.control("fault", "clear")

    def run_cell(self, cell):
        """What is wrong with it."""
        self.cells += 1
        name = f"c{self.cells}"
        properties = self.judged_recorder(name, cell.module) | self.judged_recorder(self.gate(name), cell.module)
        self.warm(cell.module)
        if not cell.held and cell.state.arm_early:
            self.arm(cell)
        host, _, finish = self.start_host(self.script(cell, name), properties)
        try:
            late = not cell.held and not cell.state.arm_early
            if late or cell.state.then:
                self.until(lambda: self.executions(name, restore=False), "the module to have it")
            if late:
                self.arm(cell)
            self.path(1).touch()
            if cell.held:
                self.until(lambda: self.reached(cell, name), f"the state {cell.state.name}")
            self.strike(cell, host)
        except BaseException:
            host.kill()
            raise
        finally:
            self.path(1).touch()
            self.path(2).touch()
        run = finish(exit_code=None)
        records = run.records
        wrong = []
        if cell.victim == "RHS":
            successor = self.host([self.opened(name, flags=1), *self.afterwards(name, 4)], properties, exit_code=None)
            records = records + [{"kind": "died"}] + successor.records
            run = successor
        if run.exit_code != 0:
            wrong.append(f"rhs_host ended with exit code {run.exit_code}\n{run.output[-3000:]}")
        names = [name, self.gate(name)] if cell.state.then else [name]
        return wrong + self.judge(names, cell.module, records)


def run_cells(cells):
    """Runs them in a few deployments side by side: what is wrong, by cell."""
    left = iter(list(cells))
    wrong = {}

    def work():
        matrix = Matrix()
        matrix.setUp()
        try:
            for cell in left:
                try:
                    wrong[cell] = matrix.run_cell(cell)
                except Exception as error:  # this cell's failure; the others are run
                    wrong[cell] = [f"{type(error).__name__}: {error}"]
                if wrong[cell]:
                    wrong[cell].append("--- broker\n" + matrix.broker_log()[-6000:])
                    # What it left behind is no business of the cells to come.
                    matrix.doCleanups()
                    matrix = Matrix()
                    matrix.setUp()
        finally:
            matrix.doCleanups()

    with concurrent.futures.ThreadPoolExecutor(DEPLOYMENTS) as pool:
        for worker in [pool.submit(work) for _ in range(DEPLOYMENTS)]:
            worker.result()
    return wrong


def table(wrong):
    """States by victims: how many cells, and how many of them failed."""
    count = collections.Counter((cell.state.name, cell.victim) for cell in wrong)
    failed = collections.Counter((cell.state.name, cell.victim) for cell in wrong if wrong[cell])
    lines = ["".join([f"{'':22}", *(f"{victim:>16}" for victim in VICTIMS)])]
    for state in STATES:
        shown = [f"{count[state.name, victim]} " + (f"{failed[state.name, victim]} FAILED" if failed[state.name, victim]
                                                   else "ok") for victim in VICTIMS]
        lines.append("".join([f"{state.name:22}", *(f"{text:>16}" for text in shown)]))
    return "\n".join(lines)


def report(wrong):
    return "\n".join(f"=== {cell.name}\n" + "\n".join(problems) for cell, problems in wrong.items() if problems)


def main(arguments):
    wrong = run_cells(cell for cell in all_cells() if cell.name.startswith(" ".join(arguments)))
    print(report(wrong) + table(wrong))
    return 1 if any(wrong.values()) or not wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
