"""A deployment whose runs the checker judges: it gathers what the three witnesses say."""

import base64
import json

import checker
import deployment

# One that gets an operation once, and one that may get it again.
MODULES = ("recorder", "recorder_again")
# More than a judged run asks for.
NEWEST = 400


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
        return self.broker.control_json("operations", "list", "--limit", str(NEWEST), *options).get("operations", [])

    def ended(self, names):
        """All of these resources' operations, or None while one of them has not ended."""
        mine = [o for o in reversed(self.listed()) if o["operation"]["resource"] in names]
        if any(o["events"][-1]["kind"] not in checker.OUTCOMES for o in mine):
            return None
        operations = {name: [] for name in names}
        for one in mine:
            operations[one["operation"]["resource"]].append(
                {"id": base64.b64decode(one["operation"]["id"]).hex(), "request": one["operation"]})
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
        for operation, events in zip(every, self.broker.histories([o["id"] for o in every])):
            operation["events"] = events
        return operations

    def judge(self, names, module, records, budget_ms=None):
        """The violations."""
        history = self.history(names)
        executions, ends = ([e for e in deployment.complete_records(file) if e["resource"] in names]
                            for file in (self.record_file, self.end_file))
        return checker.check(records, executions, ends, history, module == MODULES[1], budget_ms)
