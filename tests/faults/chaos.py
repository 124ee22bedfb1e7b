"""Random operations, cancels and terminates, while broker, module and RHS are killed and the pipe is cut at random;
judged by the checker.

  chaos.py --seed N         replays one seed
  chaos.py --seeds A..B     runs these

Environment as for all tests here: RESOURCE_BROKER_STAGE, RESOURCE_BROKER_LAUNCHER. A seed fixes what is asked and what
is done to whom after how long; what that meets is up to the machine. Exit code 1: a seed failed, and its number is
printed.
"""

import collections
import concurrent.futures
import itertools
import json
import random
import sys
import time

import deployment
import judged
import pipe_cut

RESOURCES = 4
ROUNDS = 2
# Most of a seed is waiting. A seed is run by the deployment of its number modulo this.
DEPLOYMENTS = 4
# Wide enough for a busy machine; test_broker_absent holds the 250 ms of the design.
BUDGET_MS = 1000
# What an operation may do, in the recorder's words.
SCRIPTS = ("done", "progress:10:a;done", "progress:1:a;wait:20;progress:2:b;wait:20;done", "wait:60;done",
           "progress:1:a;wait:150;progress:2:b;done", "wait:400;done", "fail:1053:no", "wait:30;fail:1053:no",
           "busy:1:1:20;wait:20;done", "busy:2:2:30;progress:1:a;done")
RESTORE_SCRIPTS = ("done", "wait:80;done", "fail:7:no")
DESTINATIONS = ("", ' dest=""', " dest=NODE2", " dest=\"Knoten 3\"")
# Whom it hits, some more often than others.
VICTIMS = ("broker", "broker", "module", "both", "host", "pipe", "pipe")
# The pipe is cut behind so many bytes to come.
CUT_AFTER_BYTES = 6000


class Seed:
    """What one seed asks and does to whom."""

    def __init__(self, number):
        self.random = random.Random(number)
        self.names = [f"s{number}r{i}" for i in range(RESOURCES)]
        self.module = judged.MODULES[number % 2]
        # RHS passes it unchanged through all hops: here it numbers the operations.
        self.reserved = itertools.count(1)

    def call(self, name, call):
        work = {"Script": self.random.choice(SCRIPTS), "RestoreScript": self.random.choice(RESTORE_SCRIPTS),
                "Padding": "x" * self.random.choice((0, 0, 3000))}
        where = self.random.choice(DESTINATIONS) if call == "offline" else ""
        flags = self.random.randrange(128) | self.random.choice((0, 0, 0, 0x40000000))
        in_buffer = json.dumps(work).encode() if self.random.random() < 0.9 else None
        passed = f" in=hex:{in_buffer.hex()}" if in_buffer else ""
        return f"& {call} {name}{where} flags={flags:#x} reserved={next(self.reserved)}{passed}"

    def early_ends(self):
        """Cancels and terminates, some while the entry point runs, some while the operation is pending."""
        ends = []
        for name in self.names:
            if self.random.random() < 0.4:
                word = self.random.choice(("cancel", "cancel", "terminate"))
                ends.append((self.random.uniform(20, 300), f"& {word} {name}"))
        passed = 0
        for after, line in sorted(ends):
            yield f"sleep {max(1, int(after - passed))}ms"
            yield line
            passed = after

    def script(self, open_flags=0):
        lines = [f'open {name} type="Resource Broker" flags={open_flags:#x} pending-timeout=10s' for name in self.names]
        for round_ in range(ROUNDS):
            call = ("online", "offline")[round_ % 2]
            lines += [self.call(name, call) for name in self.names]
            lines += [*self.early_ends(), "join"]
            lines += [f"wait {name} pending=false timeout=60s" for name in self.names]
        return lines + [f"close {name}" for name in self.names]


class Chaos(judged.JudgedTest):
    """One deployment for many seeds; each has resources of its own."""

    # The broker cuts its pipe itself, at a byte. Else its sockets are cut from outside, in any direction; there is
    # nothing to borrow a Windows pipe with.
    cuts_itself = True

    def setUp(self):
        super().setUp()
        if self.cuts_itself:
            self.allow_faults()
        self.broker.start()
        self.hits = collections.Counter()

    def runTest(self):
        pass

    def strike(self, seed, victim):
        if victim in ("module", "both"):
            for process_id in self.broker.module_processes().values():
                deployment.kill_process(process_id)
        if victim in ("broker", "both"):
            self.broker.kill()
            self.broker.start()
        if victim == "pipe":
            how, after = seed.random.choice(pipe_cut.HOW), seed.random.randrange(CUT_AFTER_BYTES)
            if self.cuts_itself:
                self.broker.control("fault", "arm", "drop", "bridge.pipe", "--bytes", str(after))
            else:
                victim = "connection"
                if pipe_cut.cut(self.broker.process.pid, self.bridge_address.removeprefix("unix:"), how) == 0:
                    return
        self.hits[victim] += 1

    def disturb(self, seed, process):
        """Until the host has ended. True if it was killed."""
        for _ in range(seed.random.randrange(1, 4)):
            time.sleep(seed.random.uniform(0, 0.3))
            if process.poll() is not None:
                return False
            victim = seed.random.choice(VICTIMS)
            if victim == "host":
                self.hits[victim] += 1
                process.kill()
                return True
            self.strike(seed, victim)
        return False

    def run_hosts(self, seed, properties):
        """One host, and after each that was killed another: their records, what they printed, what they found wrong."""
        records, output, wrong = [], "", []
        killed = True
        open_flags = 0
        while killed:
            process, _, finish = self.start_host(seed.script(open_flags), properties)
            killed = self.disturb(seed, process)
            run = finish(exit_code=None)
            records += run.records
            output += run.output
            if killed:
                records.append({"kind": "died"})
                open_flags = seed.random.choice((0, 1))  # 1: RECOVER_MONITOR_STATE
            elif run.exit_code != 0:
                # What the host itself found wrong: a wait that did not hold, a rule of the contract that was broken.
                wrong.append(f"rhs_host ended with exit code {run.exit_code}")
        return records, output, wrong

    def run_seed(self, number):
        """The violations, and what the hosts printed."""
        seed = Seed(number)
        properties = {}
        for name in seed.names:
            properties.update(self.judged_recorder(name, seed.module))
        records, output, violations = self.run_hosts(seed, properties)
        if self.cuts_itself:
            self.broker.control("fault", "clear")
        return violations + self.judge(seed.names, seed.module, records, BUDGET_MS), output


def run_seeds(seeds):
    """Runs them in a few deployments side by side. What is wrong with the first that failed, or None; and how often
    each victim was hit."""
    failures = []
    hits = collections.Counter()

    def work(place):
        chaos = Chaos()
        chaos.cuts_itself = deployment.WINDOWS or place < DEPLOYMENTS // 2
        chaos.setUp()
        try:
            for seed in (seed for seed in seeds if seed % DEPLOYMENTS == place):
                if failures:
                    return
                violations, output = chaos.run_seed(seed)
                if violations:
                    failures.append("\n".join([output[-9000:], "--- broker", chaos.broker_log()[-12000:],
                                               f"seed {seed} (replay: tests/faults/chaos.py --seed {seed})",
                                               *violations]))
        finally:
            hits.update(chaos.hits)
            chaos.doCleanups()

    with concurrent.futures.ThreadPoolExecutor(DEPLOYMENTS) as pool:
        for worker in [pool.submit(work, place) for place in range(DEPLOYMENTS)]:
            worker.result()
    return (failures[0] if failures else None), hits


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in ("--seed", "--seeds"):
        print(__doc__)
        return 2
    first, _, last = arguments[1].partition("..")
    failure, hits = run_seeds(range(int(first), int(last or first) + 1))
    print(failure or f"every operation has exactly one true outcome ({dict(hits)})")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
