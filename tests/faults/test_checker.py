"""The checker rejects what it is there to find, and nothing else."""

import copy
import unittest

import checker

IN_BUFFER = "00ff"


def event(sequence, kind, **more):
    return {"sequence": str(sequence), "kind": kind, "attempt": 0 if kind == "ACCEPTED" else 1, **more}


def call(entry_point, number, **more):
    return {"kind": "call", "resource": "r", "entry_point": entry_point, "call": number, **more}


def returned(entry_point, number, **more):
    return {"kind": "return", "resource": "r", "entry_point": entry_point, "call": number, "duration_ms": 5, **more}


def report(state, checkpoint, app=0):
    return {"kind": "report", "resource": "r", "state": state, "checkpoint": checkpoint, "app": app}


def good():
    """One pending offline, and an online that ended within its call."""
    records = [
        call("OfflineV2", 1, flags=2, reserved=7, destination="N", **{"in": IN_BUFFER}),
        returned("OfflineV2", 1, code=997),
        report("OfflinePending", 1),
        report("OfflinePending", 2),
        report("Offline", 3),
        call("OnlineV2", 2, flags=0, reserved=8),
        returned("OnlineV2", 2, code=0),
    ]
    executions = [
        {"resource": "r", "operation_id": "aa", "process_id": 1, "attempt": 1, "restore": False, "kind": "OFFLINE",
         "flags": 2, "reserved": 7, "destination_node": "N",
         "in_buffer": {"fnv1a": checker.fnv1a(bytes.fromhex(IN_BUFFER))}},
        {"resource": "r", "operation_id": "bb", "process_id": 1, "attempt": 1, "restore": False, "kind": "ONLINE",
         "flags": 0, "reserved": 8, "destination_node": None, "in_buffer": None}]
    ends = [{"resource": "r", "operation_id": name, "attempt": 1, "outcome": "DONE"} for name in ("aa", "bb")]
    history = {"r": [
        {"id": "aa", "request": {"kind": "OFFLINE", "flags": 2, "reserved": 7, "destinationNode": "N"},
         "events": [event(1, "ACCEPTED"), event(2, "RUNNING"),
                    event(3, "SUCCEEDED", final={"state": "RESOURCE_OFFLINE"})]},
        {"id": "bb", "request": {"kind": "ONLINE", "reserved": 8},
         "events": [event(1, "ACCEPTED"), event(2, "RUNNING"),
                    event(3, "SUCCEEDED", final={"state": "RESOURCE_ONLINE"})]}]}
    return records, executions, ends, history


class CheckerTest(unittest.TestCase):
    def setUp(self):
        self.records, self.executions, self.ends, self.history = copy.deepcopy(good())
        self.events = self.history["r"][0]["events"]

    def found(self, **options):
        return checker.check(self.records, self.executions, self.ends, self.history, budget_ms=250, **options)

    def assert_found(self, text, **options):
        self.assertTrue(any(text in violation for violation in self.found(**options)), self.found(**options))

    def end_as(self, kind, state, wish=None, code=0):
        """The first operation's history ends otherwise."""
        self.events[2:] = [event(3, wish)] if wish else []
        self.events.append(event(len(self.events) + 1, kind, final={"state": state, "win32Code": code}))

    def report_end(self, state, code=0):
        next(r for r in self.records if r.get("checkpoint") == 3).update(state=state, app=code)

    def forget_first(self):
        """Neither the broker nor the module ever had the first operation."""
        del self.history["r"][0]
        self.executions[:] = self.executions[1:]
        self.ends[:] = self.ends[1:]

    def make_cancelled(self):
        self.records.insert(3, call("Cancel", 9))
        self.report_end("Online", 1223)
        self.end_as("CANCELLED", "RESOURCE_ONLINE", "CANCEL_REQUESTED", 1223)
        self.ends[0]["outcome"] = "OUTCOME_CANCELLED"

    def make_terminated(self):
        """RHS gave the first one up while it was pending."""
        self.records[4:5] = [call("Terminate", 9), returned("Terminate", 9)]
        self.end_as("TERMINATED", "RESOURCE_OFFLINE", "TERMINATE_REQUESTED", 995)
        self.ends[0]["outcome"] = "OUTCOME_CANCELLED"

    def make_died(self):
        """Its host was killed while the first one was pending; another host asked for the second."""
        self.records[4] = {"kind": "died"}

    def make_restored(self):
        self.report_end("Online", 5)
        self.end_as("FAILED", "RESOURCE_ONLINE", code=5)
        self.events.insert(2, event(3, "PROGRESS", restoreCause={"win32Code": 5}))
        self.events[3]["sequence"] = "4"
        self.ends[0]["outcome"] = "OUTCOME_FAILED"
        self.executions.insert(1, dict(self.executions[0], operation_id="55", restore=True, kind="ONLINE"))
        self.ends.insert(1, dict(self.ends[0], operation_id="55", outcome="DONE"))

    # --- What is right ---

    def test_GoodRun_Passes(self):
        self.assertEqual(self.found(), [])

    def test_Cancelled_Passes(self):
        self.make_cancelled()
        self.assertEqual(self.found(), [])

    def test_Terminated_Passes(self):
        self.make_terminated()
        self.assertEqual(self.found(), [])

    def test_TerminatedBeforeTheBrokerHadIt_Passes(self):
        self.make_terminated()
        self.forget_first()
        self.assertEqual(self.found(), [])

    def test_HostDiedWhilePending_Passes(self):
        self.make_died()
        self.assertEqual(self.found(), [])

    def test_HostDiedInsideTheCall_Passes(self):
        self.records[1:5] = [{"kind": "died"}]
        self.assertEqual(self.found(), [])

    def test_HostDiedInsideTheCallThatItHadGivenUp_Passes(self):
        self.end_as("TERMINATED", "RESOURCE_OFFLINE", "TERMINATE_REQUESTED", 995)
        self.ends[0]["outcome"] = "OUTCOME_CANCELLED"
        self.records[1:5] = [call("Terminate", 9), {"kind": "died"}]
        self.assertEqual(self.found(), [])

    def test_HostDiedBeforeTheBrokerHadIt_Passes(self):
        self.make_died()
        self.forget_first()
        self.assertEqual(self.found(), [])

    def test_Restored_Passes(self):
        self.make_restored()
        self.assertEqual(self.found(), [])

    def test_ExecutedAgainAfterNotNow_Passes(self):
        self.executions.insert(1, dict(self.executions[0], attempt=2))
        self.ends[0]["outcome"] = "NOT_NOW"
        self.ends.insert(1, dict(self.ends[0], attempt=2, outcome="DONE"))
        self.events[-1]["attempt"] = 2
        self.assertEqual(self.found(), [])

    def test_ExecutedTwiceByAnIdempotentModule_Passes(self):
        self.executions.insert(1, dict(self.executions[0], attempt=2))
        self.ends[0]["attempt"] = 2
        self.events[-1]["attempt"] = 2
        self.assertEqual(self.found(idempotent=True), [])

    # --- What RHS hears ---

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
        self.records.append(report("Online", 1))
        self.assert_found("returned 0 and had a final report")

    def test_CallNeverReturns_Rejected(self):
        del self.records[1]
        self.assert_found("never returned")

    def test_CallOverItsBudget_Rejected(self):
        self.records[1]["duration_ms"] = 251
        self.assert_found("took 251 ms")

    def test_ReportAfterTerminateReturned_Rejected(self):
        self.make_terminated()
        self.records.insert(6, report("OfflinePending", 3))
        self.assert_found("reported on after Terminate or Close had returned")

    def test_ReportAfterCloseReturned_Rejected(self):
        self.records += [call("Close", 9), returned("Close", 9), report("Online", 1)]
        self.assert_found("reported on after Terminate or Close had returned")

    def test_RhsToldOtherwise_Rejected(self):
        self.records[4]["state"] = "Failed"
        self.assert_found("RHS was told Failed, the history says SUCCEEDED and Offline")

    def test_RhsToldSuccessOfACancelledOne_Rejected(self):
        self.make_cancelled()
        self.report_end("Offline", 1223)
        self.assert_found("RHS was told Offline, the history says CANCELLED and Online")

    def test_RhsToldAnotherCode_Rejected(self):
        self.make_restored()
        self.report_end("Online", 6)
        self.assert_found("RHS was told the code 6, the history says 5")

    # --- The history ---

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

    def test_HistoryOfADeadHostsOperationWithoutAnEnd_Rejected(self):
        self.make_died()
        del self.events[2]
        self.assert_found("final events []")

    def test_TwoOutcomes_Rejected(self):
        self.events.append(event(4, "FAILED", final={"state": "RESOURCE_FAILED"}))
        self.assert_found("final events ['SUCCEEDED', 'FAILED']")

    def test_CancelWrittenTwice_Rejected(self):
        self.make_cancelled()
        self.events.insert(2, dict(self.events[2]))
        self.assert_found("2 times CANCEL_REQUESTED")

    def test_CancelledUnasked_Rejected(self):
        self.make_cancelled()
        del self.records[3]
        self.assert_found("is CANCELLED, and RHS never asked for that")

    def test_TerminatedUnasked_Rejected(self):
        self.make_terminated()
        self.records[4:6] = [report("Offline", 3, 995)]
        self.assert_found("is TERMINATED, and RHS never asked for that")

    def test_OperationTheBrokerNeverHad_Rejected(self):
        del self.history["r"][1]
        self.assert_found("ended as Online, and the history does not have it")

    def test_PendingOneTheBrokerNeverHad_Rejected(self):
        self.forget_first()
        del self.records[4]
        self.assert_found("is not in the history")

    def test_DeadHostsOperationExecutedWithoutAHistory_Rejected(self):
        self.make_died()
        del self.history["r"][0]
        self.assert_found("was executed, and the history does not have it")

    def test_AcceptedTwice_Rejected(self):
        self.history["r"].append(dict(self.history["r"][1], id="cc"))
        self.assert_found("the history has [7, 8, 8]")

    def test_AcceptedUnasked_Rejected(self):
        self.history["r"][1]["request"]["reserved"] = 9
        self.assert_found("the history has [7, 9]")

    def test_AcceptedOutOfOrder_Rejected(self):
        self.history["r"].reverse()
        self.assert_found("accepted in the order [8, 7]")

    def test_OtherKindInTheHistory_Rejected(self):
        self.history["r"][0]["request"]["kind"] = "ONLINE"
        self.assert_found("the history has {'kind': 'ONLINE'")

    def test_FlagLostOnTheWayToTheModule_Rejected(self):
        self.executions[0]["flags"] = 0
        self.assert_found("the module had {'kind': 'OFFLINE', 'flags': 0")

    def test_OtherInBuffer_Rejected(self):
        self.executions[0]["in_buffer"] = None
        self.assert_found("another InBuffer")

    # --- The module ---

    def test_ExecutedTwice_Rejected(self):
        self.executions.insert(1, dict(self.executions[0], attempt=2))
        self.events[-1]["attempt"] = 2
        self.assert_found("executed 2 times")

    def test_ExecutedTwiceAsTheSameAttempt_RejectedEvenIfIdempotent(self):
        self.executions.insert(0, dict(self.executions[0]))
        self.assert_found("attempts [1, 1]", idempotent=True)

    def test_ExecutedInAnAttemptTheHistoryDoesNotKnow_Rejected(self):
        self.executions.insert(1, dict(self.executions[0], attempt=2))
        self.assert_found("executed in attempt 2, the history knows 1", idempotent=True)

    def test_SucceededWithoutBeingExecuted_Rejected(self):
        del self.executions[0]
        self.assert_found("the module never had it")

    def test_SucceededWhatTheModuleFailed_Rejected(self):
        self.ends[0]["outcome"] = "OUTCOME_FAILED"
        self.assert_found("SUCCEEDED, and the module said OUTCOME_FAILED")

    def test_SucceededBeforeTheModuleSaidSo_Rejected(self):
        del self.ends[0]
        self.assert_found("SUCCEEDED, and the module said None")

    def test_FailedWhatTheModuleHadDone_Rejected(self):
        self.report_end("Failed", 5)
        self.end_as("FAILED", "RESOURCE_FAILED", code=5)
        self.assert_found("FAILED, and the module had done it")

    def test_RefusedWhatTheModuleHadDone_Rejected(self):
        self.report_end("Online", 5960)
        self.end_as("REFUSED", "RESOURCE_ONLINE", code=5960)
        self.assert_found("REFUSED, and the module said DONE")

    def test_RefusedWhatMayWait_Rejected(self):
        self.report_end("Online", 5960)
        self.end_as("REFUSED", "RESOURCE_ONLINE", code=5960)
        self.history["r"][0]["request"]["flags"] = 4
        self.assert_found("REFUSED, and RHS had allowed it to wait")

    def test_ExecutedOutOfOrder_Rejected(self):
        self.executions.reverse()
        self.assert_found("in the order [1, 0]")

    def test_OvertakenByOneThatMayNotBeDelayed_Passes(self):
        self.executions.reverse()
        self.records[5]["flags"] = self.executions[0]["flags"] = self.history["r"][1]["request"]["flags"] = 2
        self.assertEqual(self.found(), [])

    def make_overtaken(self):
        """The second operation, which nothing may delay, came between two runs of the first."""
        self.records[5]["flags"] = self.executions[1]["flags"] = self.history["r"][1]["request"]["flags"] = 2
        self.executions.append(dict(self.executions[0], attempt=2))
        self.events[-1]["attempt"] = 2
        self.ends.append(dict(self.ends[0], attempt=2))

    def test_OvertakenAfterNotNow_Passes(self):
        self.make_overtaken()
        self.ends[0]["outcome"] = "NOT_NOW"
        self.assertEqual(self.found(), [])

    def test_OvertakenAfterItsRunWasLost_Rejected(self):
        self.make_overtaken()
        del self.ends[0]
        self.assert_found("aa was lost, and overtaken", idempotent=True)

    def test_ExecutedUnasked_Rejected(self):
        self.executions.append(dict(self.executions[1], reserved=9, operation_id="dd"))
        self.assert_found("the module had [7, 8, 9]")

    def test_RestoredWithoutAFailure_Rejected(self):
        self.make_restored()
        self.report_end("Offline")
        self.end_as("SUCCEEDED", "RESOURCE_OFFLINE")
        self.ends[0]["outcome"] = "DONE"
        self.assert_found("was restored, and it is OFFLINE SUCCEEDED")

    def test_RestoredUnasked_Rejected(self):
        self.make_restored()
        self.records[0]["flags"] = 0
        self.assert_found("was restored, and RHS did not ask for that")

    def test_RestoredTwiceByOneProcess_Rejected(self):
        self.make_restored()
        self.executions.insert(1, dict(self.executions[1]))
        self.assert_found("was restored more than once by one process")

    def test_RestoredAgainByTheNextProcess_Passes(self):
        self.make_restored()
        self.executions.insert(1, dict(self.executions[1], process_id=2))
        self.assertEqual(self.found(), [])

    def test_RestoredWithoutACauseInTheHistory_Rejected(self):
        self.make_restored()
        del self.events[2]["restoreCause"]
        self.assert_found("its history does not say why")

    def test_RestoredAndEndedForAnotherCause_Rejected(self):
        self.make_restored()
        self.end_as("FAILED", "RESOURCE_ONLINE", code=1067)
        self.events.insert(2, event(3, "PROGRESS", restoreCause={"win32Code": 5}))
        self.assert_found("was restored because of {'win32Code': 5, 'moduleCode': 0}, and ended with "
                          "{'win32Code': 1067, 'moduleCode': 0}")

    def test_BegunAnewWhileItWasRestored_Rejected(self):
        self.make_restored()
        self.events.insert(3, event(4, "RUNNING"))
        self.assert_found("begun anew although it was being restored")

    def test_SaidToBeOnlineAgainWithoutARestore_Rejected(self):
        self.make_restored()
        del self.ends[1]
        self.assert_found("the module never did that")


if __name__ == "__main__":
    unittest.main()
