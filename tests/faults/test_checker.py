"""The checker rejects what it is there to find, and nothing else."""

import copy
import unittest

import checker


def event(sequence, kind, **more):
    return {"sequence": str(sequence), "kind": kind, **more}


def good():
    """One pending offline, and one that ended within its call."""
    records = [
        {"kind": "call", "resource": "r", "entry_point": "OfflineV2", "call": 1},
        {"kind": "return", "resource": "r", "entry_point": "OfflineV2", "call": 1, "code": 997, "duration_ms": 200},
        {"kind": "report", "resource": "r", "state": "OfflinePending", "checkpoint": 1, "app": 0},
        {"kind": "report", "resource": "r", "state": "OfflinePending", "checkpoint": 2, "app": 0},
        {"kind": "report", "resource": "r", "state": "Offline", "checkpoint": 3, "app": 0},
        {"kind": "call", "resource": "r", "entry_point": "OnlineV2", "call": 2},
        {"kind": "return", "resource": "r", "entry_point": "OnlineV2", "call": 2, "code": 0, "duration_ms": 5},
    ]
    executions = [{"resource": "r", "operation_id": "a", "attempt": 1}, {"resource": "r", "operation_id": "b", "attempt": 1}]
    history = {"r": [
        {"id": "a", "kind": "OFFLINE", "events": [event(1, "ACCEPTED"), event(2, "RUNNING"),
                                                  event(3, "SUCCEEDED", final={"state": "RESOURCE_OFFLINE"})]},
        {"id": "b", "kind": "ONLINE", "events": [event(1, "ACCEPTED"), event(2, "RUNNING"),
                                                 event(3, "SUCCEEDED", final={"state": "RESOURCE_ONLINE"})]}]}
    return records, executions, history


class CheckerTest(unittest.TestCase):
    def setUp(self):
        self.records, self.executions, self.history = copy.deepcopy(good())
        self.events = self.history["r"][0]["events"]

    def found(self, **options):
        return checker.check(self.records, self.executions, self.history, budget_ms=250, **options)

    def assert_found(self, text, **options):
        self.assertTrue(any(text in violation for violation in self.found(**options)), self.found(**options))

    def test_GoodRun_Passes(self):
        self.assertEqual(self.found(), [])

    def test_FinalReportLost_Rejected(self):
        del self.records[4]
        self.assert_found("never had a final report")

    def test_FinalReportDoubled_Rejected(self):
        self.records.insert(5, dict(self.records[4]))
        self.assert_found("2 final reports")

    def test_ReportAfterTheFinalOne_Rejected(self):
        self.records.insert(5, dict(self.records[3], checkpoint=4))
        self.assert_found("after its final report")

    def test_CheckpointFalls_Rejected(self):
        self.records[3]["checkpoint"] = 1
        self.assert_found("CheckPoint does not grow")

    def test_FinalReportOfACallThatHadEnded_Rejected(self):
        self.records.append({"kind": "report", "resource": "r", "state": "Online", "checkpoint": 1, "app": 0})
        self.assert_found("returned 0 and had a final report")

    def test_CallNeverReturns_Rejected(self):
        del self.records[1]
        self.assert_found("never returned")

    def test_CallOverItsBudget_Rejected(self):
        self.records[1]["duration_ms"] = 251
        self.assert_found("took 251 ms")

    def test_EventLost_Rejected(self):
        del self.events[1]
        self.assert_found("numbered [1, 3]")

    def test_EventDoubled_Rejected(self):
        self.events.insert(1, dict(self.events[1]))
        self.assert_found("numbered [1, 2, 2, 3]")

    def test_EventsReordered_Rejected(self):
        self.events[0], self.events[1] = self.events[1], self.events[0]
        self.assert_found("numbered [2, 1, 3]")

    def test_HistoryWithoutAnEnd_Rejected(self):
        del self.events[2]
        self.assert_found("final events []")

    def test_TwoOutcomes_Rejected(self):
        self.events.append(event(4, "FAILED", final={"state": "RESOURCE_FAILED"}))
        self.assert_found("final events ['SUCCEEDED', 'FAILED']")

    def test_RhsToldOtherwise_Rejected(self):
        self.records[4]["state"] = "Failed"
        self.assert_found("RHS was told Failed, the history says Offline")

    def test_ExecutedTwice_Rejected(self):
        self.executions.insert(0, dict(self.executions[0]))
        self.assert_found("executed 2 times")

    def test_ExecutedTwiceAsTheSameAttempt_RejectedEvenIfIdempotent(self):
        self.executions.insert(0, dict(self.executions[0]))
        self.assert_found("attempts [1, 1]", idempotent=True)

    def test_ExecutedTwiceByAnIdempotentModule_Passes(self):
        self.executions.insert(1, dict(self.executions[0], attempt=2))
        self.assertEqual(self.found(idempotent=True), [])

    def test_SucceededWithoutBeingExecuted_Rejected(self):
        del self.executions[0]
        self.assert_found("the module never had it")

    def test_OperationTheBrokerNeverHad_Rejected(self):
        del self.history["r"][1]
        self.assert_found("the history has 1")

    def test_ExecutedOutOfOrder_Rejected(self):
        self.executions.reverse()
        self.assert_found("in the order [1, 0]")

    def test_OtherKindInTheHistory_Rejected(self):
        self.history["r"][0]["kind"] = "ONLINE"
        self.assert_found("is ONLINE in the broker's history")


if __name__ == "__main__":
    unittest.main()
