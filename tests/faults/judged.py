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

    def allow_faults(self):
        """Before the broker is started."""
        config = json.loads(self.broker.config.read_text())
        self.broker.config.write_text(json.dumps({**config, "faults": {"allowed": True}}))

    def judged_recorder(self, name, module):
        return {**self.recorder(name, EndFile=deployment.os_path(self.end_file)), f"{name}:Module": module}

    def listed(self, *options):
        return self.broker.control_json("operations", "list", "--limit", "1000", *options).get("operations", [])

    def history(self, names):
        operations = {}
        for name in names:
            operations[name] = [{"id": base64.b64decode(o["operation"]["id"]).hex(), "request": o["operation"]}
                                for o in reversed(self.listed("--resource", name))]
        every = [operation for mine in operations.values() for operation in mine]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for operation, events in zip(every, pool.map(lambda o: self.broker.history(o["id"]), every)):
                operation["events"] = events
        return operations

    def judge(self, names, module, records, budget_ms=None):
        """The violations, once all has ended: also what RHS gave up, or died over."""
        self.until(lambda: not [o for o in self.listed("--pending") if o["operation"]["resource"] in names],
                   f"the last operations of {names} to end")
        executions, ends = ([e for e in deployment.complete_records(file) if e["resource"] in names]
                            for file in (self.record_file, self.end_file))
        return checker.check(records, executions, ends, self.history(names), module == MODULES[1], budget_ms)
