// Points 20 to 22: locked mode.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

const char kNeverLocks[] = "the DLL has not called SetResourceLockedMode";

OfflineArguments Forced() {
  OfflineArguments arguments;
  arguments.flags = resapi::CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
  return arguments;
}

Finding LockBalanced(Subject& subject) {
  Instance& offline = subject.OpenOnline();
  if (offline.lock_calls() == 0) return NotJudged(kNeverLocks);
  offline.Offline(Forced());
  if (offline.locked()) return Fail("the resource is offline, and still in locked mode");
  Instance& terminated = subject.OpenOnline();
  terminated.Terminate();
  if (terminated.locked()) return Fail("Terminate has returned, and the resource is still in locked mode");
  Instance& closed = subject.OpenOnline();
  closed.Close();
  if (closed.locked()) return Fail("Close has returned, and the resource is still in locked mode");
  if (!closed.late_callbacks().empty()) return Fail("locked mode was set with the handle of a closed resource");
  Instance& refused = subject.Open();
  refused.FailLockedMode(win32::kResourceNotFound);
  if (!refused.Online().Is(resapi::ClusterResourceOnline))
    return Fail("SetResourceLockedMode failed, and Online with it");
  return Pass("released by Offline, Terminate and Close; its failure does no harm");
}

Finding LockedOffline(Subject& subject) {
  Instance& instance = subject.OpenOnline();
  if (!instance.locked()) return NotJudged(kNeverLocks);
  const Ended unforced = instance.Offline();
  if (!unforced.state) return Fail("OfflineV2 without 0x01, in locked mode, returned 997 and had no end");
  if (unforced.Is(resapi::ClusterResourceOnline)) {
    if (!instance.IsAlive()) return Fail("OfflineV2 without 0x01 was refused, and IsAlive says FALSE");
  } else {
    if (!unforced.Is(resapi::ClusterResourceOffline)) instance.Terminate();
    if (!instance.Online().Is(resapi::ClusterResourceOnline)) {
      return Fail("after OfflineV2 without 0x01, in locked mode, it does not come online again");
    }
  }
  const Ended forced = instance.Offline(Forced());
  if (!forced.Is(resapi::ClusterResourceOffline)) {
    return Fail(absl::StrCat("OfflineV2 with 0x01 returned ", names::FormatWin32(forced.call.code), " and led to ",
                             forced.state ? names::StateName(*forced.state) : "no end"));
  }
  return Pass(absl::StrCat("without 0x01 ", names::FormatWin32(unforced.call.code), ", with it offline"));
}

Finding ShortTable(Subject& subject) {
  subject.StartWithShortTable();
  Instance& instance = subject.OpenOnline();
  instance.OfflineAsRhs();
  instance.Close();
  return Pass("online and offline with five callbacks before a guard page");
}

}  // namespace

std::vector<Check> LockChecks() {
  return {
      {20, "locked-mode", "Locked mode is left by Offline, Terminate and Close, and its failure is not the resource's",
       "documented: nc-resapi-pset_resource_locked_mode_routine; inferred: balanced", &LockBalanced, true},
      {21, "locked-offline", "In locked mode OfflineV2 with 0x01 goes offline, and without it does no harm",
       "documented: OfflineClusterResourceEx, MS-CMRP ApiOfflineResourceEx", &LockedOffline, true},
      {22, "later-callbacks", "SetResourceLockedModeEx and later callbacks are used only where the table has them",
       "header: CLRES_CALLBACK_FUNCTION_TABLE; inferred: by version", &ShortTable, true},
  };
}

}  // namespace resource_broker::rhs_host
