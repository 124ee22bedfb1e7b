"""Says what is wrong with a run, from three witnesses who know nothing of each other: what RHS saw (rhs_host's
records), what the module did (the recorder's), and the broker's history. Shares no code with any of them.

check() gives a list of violations, each a sentence; empty means that every operation has exactly one true outcome.
"""

import collections

PENDING = ("OnlinePending", "OfflinePending")
OUTCOMES = {"SUCCEEDED", "FAILED", "CANCELLED", "TERMINATED", "REFUSED"}
STATES = {"RESOURCE_ONLINE": "Online", "RESOURCE_OFFLINE": "Offline", "RESOURCE_FAILED": "Failed"}
KINDS = {"OnlineV2": "ONLINE", "OfflineV2": "OFFLINE"}
ERROR_IO_PENDING = 997


class Call:
    """One OnlineV2 or OfflineV2 as RHS saw it: its return, and the reports until the next call of the resource."""

    def __init__(self, record):
        self.entry_point = record["entry_point"]
        self.number = record["call"]
        self.returned = None
        self.reports = []
        self.ended_by_rhs = False

    @property
    def name(self):
        return f"{self.entry_point} (call {self.number})"

    def final_reports(self):
        return [r for r in self.reports if r["state"] not in PENDING]


def calls_of(records):
    """Every operation RHS asked for, by resource, in order."""
    calls = collections.defaultdict(list)
    for record in records:
        resource = record.get("resource")
        mine = calls[resource] if resource else []
        if record["kind"] == "call" and record["entry_point"] in KINDS:
            mine.append(Call(record))
        elif record["kind"] == "call" and record["entry_point"] in ("Terminate", "Close") and mine:
            mine[-1].ended_by_rhs = True
        elif record["kind"] == "return" and record["entry_point"] in KINDS:
            next(c for c in mine if c.number == record["call"]).returned = record["code"]
        elif record["kind"] == "report" and mine:
            mine[-1].reports.append(record)
    return {resource: mine for resource, mine in calls.items() if mine}


def check_reports(resource, call):
    """What RHS saw of one call, by itself."""
    finals = call.final_reports()
    if call.returned is None:
        yield f"{resource}: {call.name} never returned"
    elif call.returned == ERROR_IO_PENDING and not finals and not call.ended_by_rhs:
        yield f"{resource}: {call.name} is pending and never had a final report"
    elif call.returned != ERROR_IO_PENDING and finals:
        yield f"{resource}: {call.name} returned {call.returned} and had a final report all the same"
    if len(finals) > 1:
        yield f"{resource}: {call.name} had {len(finals)} final reports"
    if finals and call.reports.index(finals[0]) != len(call.reports) - 1:
        yield f"{resource}: {call.name} was reported on after its final report"
    checkpoints = [r["checkpoint"] for r in call.reports if r["state"] in PENDING]
    if any(later <= earlier for earlier, later in zip(checkpoints, checkpoints[1:])):
        yield f"{resource}: {call.name}: CheckPoint does not grow: {checkpoints}"


def check_history(operation):
    """One operation's history, by itself."""
    name = operation["id"]
    events = operation["events"]
    sequences = [int(e["sequence"]) for e in events]
    if sequences != list(range(1, len(events) + 1)):
        yield f"{name}: events are numbered {sequences}"
    kinds = [e["kind"] for e in events]
    if kinds[:1] != ["ACCEPTED"]:
        yield f"{name}: its history begins with {kinds[:1]}"
    finals = [k for k in kinds if k in OUTCOMES]
    if len(finals) != 1 or kinds[-1] not in OUTCOMES:
        yield f"{name}: its history has the final events {finals} and ends with {kinds[-1:]}"


def check_agreement(resource, call, operation, executions, idempotent):
    """The three witnesses on one operation."""
    name = operation["id"]
    if operation["kind"] != KINDS[call.entry_point]:
        yield f"{resource}: {call.name} is {operation['kind']} in the broker's history"
        return
    last = operation["events"][-1]
    state = STATES.get(last.get("final", {}).get("state"))
    finals = call.final_reports()
    told = finals[0]["state"] if finals else {0: {"ONLINE": "Online", "OFFLINE": "Offline"}[operation["kind"]]}.get(
        call.returned, "Failed")
    if (finals or call.returned != ERROR_IO_PENDING) and told != state:
        yield f"{name}: RHS was told {told}, the history says {state}"
    mine = [e for e in executions if e["operation_id"] == name and not e.get("restore")]
    if not idempotent and len(mine) > 1:
        yield f"{name}: was executed {len(mine)} times by a module that is not idempotent"
    if idempotent and [e["attempt"] for e in mine] != list(range(1, len(mine) + 1)):
        yield f"{name}: has the attempts {[e['attempt'] for e in mine]}"
    if last["kind"] == "SUCCEEDED" and not mine:
        yield f"{name}: SUCCEEDED, and the module never had it"


def check(records, executions, history, idempotent=False, budget_ms=None):
    """`history`: by resource, in the order they were accepted, {"id": hex, "kind": "ONLINE", "events": […]}."""
    violations = []
    calls = calls_of(records)
    for resource, mine in calls.items():
        operations = history.get(resource, [])
        if len(operations) != len(mine):
            violations.append(f"{resource}: RHS asked for {len(mine)} operations, the history has {len(operations)}")
        for call in mine:
            violations += check_reports(resource, call)
        for operation in operations:
            violations += check_history(operation)
        for call, operation in zip(mine, operations):
            violations += check_agreement(resource, call, operation, executions, idempotent)
        order = [operation["id"] for operation in operations]
        done = [e["operation_id"] for e in executions if e["resource"] == resource and e["operation_id"] in order]
        places = [order.index(operation_id) for operation_id in done]
        if places != sorted(places):
            violations.append(f"{resource}: its operations were executed in the order {places}")
    for record in records:
        if budget_ms and record["kind"] == "return" and record.get("duration_ms", 0) > budget_ms \
                and record["entry_point"] in ("OnlineV2", "OfflineV2", "LooksAlive", "IsAlive"):
            violations.append(f"{record['entry_point']} of {record['resource']} took {record['duration_ms']} ms")
    return violations
