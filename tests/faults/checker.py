"""Says what is wrong with a run, from three witnesses who know nothing of each other: what RHS saw (rhs_host's
records), what the module did (the recorder's), and the broker's history. Shares no code with any of them.

check() gives a list of violations, each a sentence; empty means that every operation has exactly one true outcome.
"""

import rhs_calls
from rhs_calls import ERROR_IO_PENDING, PENDING

OUTCOMES = {"SUCCEEDED", "FAILED", "CANCELLED", "TERMINATED", "REFUSED"}
STATES = {"RESOURCE_ONLINE": "Online", "RESOURCE_OFFLINE": "Offline"}
RETURN_TO_SOURCE_NODE_ON_ERROR = 0x02
QUEUE_ENABLED = 0x04
# IGNORE_RESOURCE_STATUS; RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR.
UNDELAYABLE = {"ONLINE": 0x02, "OFFLINE": 0x01 | 0x08}
ERROR_PROCESS_ABORTED = 1067


def check_reports(resource, call):
    """What RHS saw of one call, by itself."""
    name = f"{resource}: {call.name}"
    finals = call.final_reports()
    if call.returned is None and not call.died:
        yield f"{name} never returned"
    elif call.returned == ERROR_IO_PENDING and not finals and not call.given_up and not call.died:
        yield f"{name} is pending and never had a final report"
    elif call.returned not in (None, ERROR_IO_PENDING) and finals:
        yield f"{name} returned {call.returned} and had a final report all the same"
    if len(finals) > 1:
        yield f"{name} had {len(finals)} final reports"
    if finals and call.reports.index(finals[0]) != len(call.reports) - 1:
        yield f"{name} was reported on after its final report"
    if call.heard_after_silence:
        yield f"{name} was reported on after Terminate or Close had returned"
    checkpoints = [r["checkpoint"] for r in call.reports if r["state"] in PENDING]
    if any(later <= earlier for earlier, later in zip(checkpoints, checkpoints[1:])):
        yield f"{name}: CheckPoint does not grow: {checkpoints}"


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
    if kinds.count("CANCEL_REQUESTED") > 1:
        yield f"{name}: its history has {kinds.count('CANCEL_REQUESTED')} times CANCEL_REQUESTED"


class Operation:
    """One operation as the module and the history have it."""

    def __init__(self, history, executions, ends):
        self.history = history
        self.name = history["id"]
        self.last = history["events"][-1]
        self.final = self.last.get("final", {})
        # The way back has an id of its own: the operation's, each bit turned.
        back = bytes(byte ^ 0xFF for byte in bytes.fromhex(self.name)).hex()
        self.runs = [e for e in executions if e["operation_id"] == self.name]
        self.restores = [e for e in executions if e["operation_id"] == back]
        self.ends = {e["attempt"]: e["outcome"] for e in ends if e["operation_id"] == self.name}
        self.restored = [e["outcome"] for e in ends if e["operation_id"] == back]

    def ended_as(self):
        """What the module said at the end of the last run, None if it never came to that."""
        return self.ends.get(self.runs[-1]["attempt"]) if self.runs else None


def check_told(call, operation):
    """RHS was told what the history says."""
    kind = operation.last["kind"]
    state = STATES.get(operation.final.get("state"), "Failed")
    if kind == "SUCCEEDED":
        state = {"ONLINE": "Online", "OFFLINE": "Offline"}[call.kind]
    elif call.kind == "ONLINE" and state == "Offline":  # no end of OnlineV2 that RHS knows
        state = "Failed"
    told = call.told()
    if told is not None and told != state:
        yield f"{operation.name}: RHS was told {told}, the history says {kind} and {state}"
    for report in call.final_reports()[:1]:
        code = operation.final.get("moduleCode") or operation.final.get("win32Code", 0)
        if report["app"] != code:
            yield f"{operation.name}: RHS was told the code {report['app']}, the history says {code}"
    if kind == "CANCELLED" and not call.cancelled:
        yield f"{operation.name}: is CANCELLED, and RHS never asked for that"
    if kind == "TERMINATED" and not call.terminated_later:
        yield f"{operation.name}: is TERMINATED, and RHS never asked for that"


def check_carried(call, operation):
    """What RHS passed reached the history and the module as it was."""
    asked = {"kind": call.kind, "flags": call.flags, "destination_node": call.destination}
    history = operation.history["request"]
    kept = {"kind": history["kind"], "flags": history.get("flags", 0),
            "destination_node": history.get("destinationNode")}
    if kept != asked:
        yield f"{operation.name}: RHS asked for {asked}, the history has {kept}"
    for run in operation.runs:
        had = {name: run[name] for name in asked}
        if had != asked:
            yield f"{operation.name}: RHS asked for {asked}, the module had {had}"
    asked_with = None if call.in_buffer is None else fnv1a(bytes.fromhex(call.in_buffer))
    for run in operation.runs + operation.restores:
        had_with = run["in_buffer"] and run["in_buffer"]["fnv1a"]
        if had_with != asked_with:
            yield f"{operation.name}: the module had another InBuffer than RHS passed"


def fnv1a(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def check_executions(operation, idempotent):
    """How often the module had it, and that its word is the outcome."""
    attempts = [e["attempt"] for e in operation.runs]
    if attempts != sorted(set(attempts)):
        yield f"{operation.name}: has the attempts {attempts}"
    known = operation.last.get("attempt", 0)
    if attempts and attempts[-1] > known:
        yield f"{operation.name}: was executed in attempt {attempts[-1]}, the history knows {known}"
    for earlier in operation.runs[:-1]:
        if not idempotent and operation.ends.get(earlier["attempt"]) != "NOT_NOW":
            yield f"{operation.name}: was executed {len(attempts)} times by a module that is not idempotent"
            break
    kind = operation.last["kind"]
    said = operation.ended_as()
    if kind == "SUCCEEDED" and not operation.runs:
        yield f"{operation.name}: SUCCEEDED, and the module never had it"
    elif kind == "SUCCEEDED" and said != "DONE":
        yield f"{operation.name}: SUCCEEDED, and the module said {said}"
    elif kind == "FAILED" and said == "DONE" and operation.final.get("win32Code") != ERROR_PROCESS_ABORTED:
        yield f"{operation.name}: FAILED, and the module had done it"
    elif kind == "REFUSED" and said != "NOT_NOW":
        yield f"{operation.name}: REFUSED, and the module said {said}"
    request = operation.history["request"]
    if kind == "REFUSED" and request["kind"] == "OFFLINE" and request.get("flags", 0) & QUEUE_ENABLED:
        yield f"{operation.name}: REFUSED, and RHS had allowed it to wait"


def check_restores(call, operation):
    """The way back is gone after a failure only, where it was asked for, and the outcome tells how it ended."""
    kind = operation.last["kind"]
    if operation.restores and not call.flags & RETURN_TO_SOURCE_NODE_ON_ERROR:
        yield f"{operation.name}: was restored, and RHS did not ask for that"
    if operation.restores and (kind not in ("FAILED", "TERMINATED") or call.kind == "ONLINE"):
        yield f"{operation.name}: was restored, and it is {call.kind} {kind}"
    # Broker and module killed during it: the next broker does not know how far the way back was gone and repeats it.
    processes = [e["process_id"] for e in operation.restores]
    if len(set(processes)) != len(processes):
        yield f"{operation.name}: was restored more than once by one process"
    if kind == "FAILED" and operation.final.get("state") == "RESOURCE_ONLINE" and "DONE" not in operation.restored:
        yield f"{operation.name}: is said to be online again after a failure, and the module never did that"
    # Why it is brought back is decided, and written down, before it is: no broker may think otherwise later.
    events = operation.history["events"]
    begun = next((index for index, event in enumerate(events) if "restoreCause" in event), None)
    if begun is None:
        if operation.restores:
            yield f"{operation.name}: was restored, and its history does not say why"
        return
    if any(event["kind"] == "RUNNING" or "restoreCause" in event for event in events[begun + 1:]):
        yield f"{operation.name}: was begun anew although it was being restored"
    cause = {name: events[begun]["restoreCause"].get(name, 0) for name in ("win32Code", "moduleCode")}
    ended = {name: operation.final.get(name, 0) for name in cause}
    if kind == "FAILED" and ended != cause:
        yield f"{operation.name}: was restored because of {cause}, and ended with {ended}"


def check_unheard(resource, call, executions):
    """An operation that the history does not have: its host died, or RHS gave it up, before the broker had it."""
    if call.told() is not None:
        yield f"{resource}: {call.name} ended as {call.told()}, and the history does not have it"
    elif not call.died and not call.given_up:
        yield f"{resource}: {call.name} is not in the history"
    if any(e["resource"] == resource and e["reserved"] == call.reserved for e in executions):
        yield f"{resource}: {call.name} was executed, and the history does not have it"


def check_resource(resource, calls, operations, executions, ends, idempotent):
    for call in calls:
        yield from check_reports(resource, call)
    for operation in operations:
        yield from check_history(operation)
    asked = [call.reserved for call in calls]
    accepted = [operation["request"].get("reserved", 0) for operation in operations]
    if len(set(accepted)) != len(accepted) or not set(accepted) <= set(asked):
        yield f"{resource}: RHS asked for {asked}, the history has {accepted}"
        return
    if [number for number in asked if number in accepted] != accepted:
        yield f"{resource}: RHS asked for {asked}, which were accepted in the order {accepted}"
    by_number = dict(zip(accepted, operations))
    for call in calls:
        if call.reserved not in by_number:
            yield from check_unheard(resource, call, executions)
            continue
        operation = Operation(by_number[call.reserved], executions, ends)
        yield from check_told(call, operation)
        yield from check_carried(call, operation)
        yield from check_executions(operation, idempotent)
        yield from check_restores(call, operation)
    mine = [e for e in executions if e["resource"] == resource]
    yield from check_order(resource, calls, [e["reserved"] for e in mine])
    yield from check_lost(resource, calls, mine, ends)


def check_order(resource, calls, executed):
    """In call order, but that one that waits for its next try may be overtaken by one that nothing may delay."""
    asked = [call.reserved for call in calls]
    if not set(executed) <= set(asked):
        yield f"{resource}: RHS asked for {asked}, the module had {executed}"
        return
    places = [asked.index(number) for number in executed]
    for index, place in enumerate(places):
        if any(later < place for later in places[index:]) and not calls[place].flags & UNDELAYABLE[calls[place].kind]:
            yield f"{resource}: its operations were executed in the order {places}"
            return


def check_lost(resource, calls, executions, ends):
    """A run that is repeated because it was lost may have changed the resource: nothing that RHS asked for later comes
    between. Only one that the module itself did not take on now leaves its place."""
    put_off = {(e["operation_id"], e["attempt"]) for e in ends if e["outcome"] == "NOT_NOW"}
    asked = [call.reserved for call in calls]
    last_run = {}
    for index, run in enumerate(executions):
        name = run["operation_id"]
        before = last_run.get(name)
        last_run[name] = index
        if before is None or (name, executions[before]["attempt"]) in put_off or run["reserved"] not in asked:
            continue
        between = {e["reserved"] for e in executions[before + 1:index]} & set(asked)
        if any(asked.index(number) > asked.index(run["reserved"]) for number in between):
            yield f"{resource}: {name} was lost, and overtaken before it was executed again"


def check(records, executions, ends, history, idempotent=False, budget_ms=None):
    """`executions`, `ends`: the recorder's RecordFile and EndFile. `history`: by resource, in the order they were
    accepted, {"id": hex, "request": OperationRequest, "events": […]}."""
    violations = []
    calls = rhs_calls.calls_of(records)
    for resource in sorted(set(calls) | set(history)):
        violations += check_resource(resource, calls.get(resource, []), history.get(resource, []), executions, ends,
                                     idempotent)
    for record in records:
        if budget_ms and record["kind"] == "return" and record.get("duration_ms", 0) > budget_ms \
                and record["entry_point"] in ("OnlineV2", "OfflineV2", "LooksAlive", "IsAlive"):
            violations.append(f"{record['entry_point']} of {record['resource']} took {record['duration_ms']} ms")
    return violations
