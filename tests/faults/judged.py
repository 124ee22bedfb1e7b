"""A deployment whose runs the checker judges: it gathers what the three witnesses say."""

import base64
import concurrent.futures
import json

import checker
import deployment

# One that gets an operation once, and one that may get it again.
MODULES = ("recorder", "recorder_again")


class JudgedTest(deployment.EndToEndTest):
    """Both modules are installed; what they do is recorded."""

    def setUp(self):
        super().setUp()
        self.end_file = self.folder / "end.jsonl"
        self.broker.install(MODULES[0])
        manifest = json.loads((self.broker.modules / MODULES[0] / "1.0.0" / "manifest.json").read_text())
        self.broker.install(MODULES[0], manifest={**manifest, "name": MODULES[1], "idempotent": True})

    def allow_faults(self, armed=()):
        """In the next broker that is started."""
        config = json.loads(self.broker.config.read_text())
        self.broker.config.write_text(json.dumps({**config, "faults": {"allowed": True, "armed": list(armed)}}))

    def judged_recorder(self, name, module):
        return {**self.recorder(name, EndFile=deployment.os_path(self.end_file)), f"{name}:Module": module}

    def listed(self, *options):
        return self.broker.control_json("operations", "list", "--limit", "1000", *options).get("operations", [])

    def ended(self, names):
        """All of these resources' operations, or None while one of them has not ended."""
        operations = {}
        for name in names:
            listed = self.listed("--resource", name)
            if any(o["events"][-1]["kind"] not in checker.OUTCOMES for o in listed):
                return None
            operations[name] = [{"id": base64.b64decode(o["operation"]["id"]).hex(), "request": o["operation"]}
                                for o in reversed(listed)]
        return operations

    def history(self, names):
        """As the checker wants it, once all has ended: also what RHS gave up, or died over."""
        operations = None

        def all_ended():
            nonlocal operations
            operations = self.ended(names)
            return operations is not None

        self.until(all_ended, f"the last operations of {names} to end")
        every = [operation for mine in operations.values() for operation in mine]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for operation, events in zip(every, pool.map(lambda o: self.broker.history(o["id"]), every)):
                operation["events"] = events
        return operations

    def judge(self, names, module, records, budget_ms=None):
        """The violations."""
        history = self.history(names)
        executions, ends = ([e for e in deployment.complete_records(file) if e["resource"] in names]
                            for file in (self.record_file, self.end_file))
        return checker.check(records, executions, ends, history, module == MODULES[1], budget_ms)
