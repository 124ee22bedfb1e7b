"""The operations RHS asked for, read from rhs_host's records: what it asked, what it was told, what it did meanwhile.

The records of several hosts of the same resources may follow each other; between them stands {"kind": "died"} where
the one before was killed.
"""

import collections

PENDING = ("OnlinePending", "OfflinePending")
ERROR_IO_PENDING = 997


class Call:
    """One OnlineV2 or OfflineV2: its return, and the reports until the next call of the resource."""

    def __init__(self, record):
        self.entry_point = record["entry_point"]
        self.number = record["call"]
        # Every call has another: by it the witnesses know the operation.
        self.reserved = record["reserved"]
        self.flags = record["flags"]
        self.destination = record.get("destination")
        self.in_buffer = record.get("in")
        self.returned = None
        self.reports = []
        # RHS called Terminate or Close before it had heard of the end.
        self.given_up = False
        # … and that has returned.
        self.silent = False
        self.heard_after_silence = []
        self.cancelled = False
        # A Terminate or Close came at any time after it, from this host or a later one.
        self.terminated_later = False
        # Its host was killed before it heard of the end.
        self.died = False

    @property
    def name(self):
        return f"{self.entry_point} (call {self.number}, {self.reserved})"

    @property
    def kind(self):
        return {"OnlineV2": "ONLINE", "OfflineV2": "OFFLINE"}[self.entry_point]

    def final_reports(self):
        return [r for r in self.reports if r["state"] not in PENDING]

    def ended(self):
        return bool(self.final_reports()) or self.returned not in (None, ERROR_IO_PENDING)

    def told(self):
        """The state RHS took the resource for at the end, None if it never heard of one."""
        if self.final_reports():
            return self.final_reports()[0]["state"]
        if self.returned == 0:
            return {"ONLINE": "Online", "OFFLINE": "Offline"}[self.kind]
        if self.returned in (None, ERROR_IO_PENDING) or self.given_up:
            return None
        return "Failed"


class Reader:
    """Takes one record after the other."""

    def __init__(self):
        self.calls = collections.defaultdict(list)
        # Terminate and Close calls that run: resource and number to the call they ended, if any.
        self.endings = {}

    def take(self, record):
        if record["kind"] == "died":
            for mine in self.calls.values():
                last = mine[-1]
                # Also inside a call that was given up.
                if last.returned is None or not (last.ended() or last.given_up):
                    last.died = True
            self.endings.clear()
            return
        mine = self.calls.get(record.get("resource"), [])
        handler = getattr(self, "take_" + record["kind"].replace("-", "_"), None)
        if handler is not None and (mine or record.get("entry_point") in ("OnlineV2", "OfflineV2")):
            handler(record, mine)

    def take_call(self, record, mine):
        if record["entry_point"] in ("OnlineV2", "OfflineV2"):
            self.calls[record["resource"]].append(Call(record))
        elif record["entry_point"] == "Cancel":
            mine[-1].cancelled = True
        elif record["entry_point"] in ("Terminate", "Close"):
            for call in mine:
                call.terminated_later = True
            if not mine[-1].ended():
                mine[-1].given_up = True
            self.endings[record["resource"], record["call"]] = mine[-1]

    def take_return(self, record, mine):
        if record["entry_point"] in ("OnlineV2", "OfflineV2"):
            next(c for c in reversed(mine) if c.number == record["call"]).returned = record["code"]
        elif record["entry_point"] in ("Terminate", "Close"):
            self.endings.pop((record["resource"], record["call"])).silent = True

    def take_report(self, record, mine):
        if mine[-1].silent:
            mine[-1].heard_after_silence.append(record)
        mine[-1].reports.append(record)


def calls_of(records):
    """Every operation RHS asked for, by resource, in order."""
    reader = Reader()
    for record in records:
        reader.take(record)
    return reader.calls
