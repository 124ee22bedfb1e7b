// Points 15 to 19: what OnlineV2 and OfflineV2 are passed, and in which order they are called.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/property_list.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
using resapi::CLUS_RESDLL_OFFLINE_QUEUE_ENABLED;

// RHS's answer to what did not end well, so that the next attempt begins where it should.
void Recover(Instance& instance, const Ended& ended, resapi::CLUSTER_RESOURCE_STATE wanted) {
  if (!ended.Is(wanted)) instance.Terminate();
}

std::string Outcome(const Ended& ended) {
  return absl::StrCat("returned ", names::FormatWin32(ended.call.code), " and led to ",
                      ended.state ? names::StateName(*ended.state) : "no end");
}

Finding InBuffers(Subject& subject) {
  std::vector<InBuffer> well_formed = {{}, {std::vector<uint8_t>{}, {}}, {PropertyList({}), {}}};
  well_formed.push_back({PropertyList({{u"RhsHostUnknown", 7}, {u"RhsHostUnknown2", 8}}), {}});
  Instance& instance = subject.OpenOnline();
  for (const InBuffer& in : well_formed) {
    OfflineArguments offline;
    offline.in = in;
    // A resource in locked mode is taken offline by force only.
    if (instance.locked()) offline.flags = CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
    Recover(instance, instance.Offline(offline), resapi::ClusterResourceOffline);
    OnlineArguments online;
    online.in = in;
    const Ended ended = instance.Online(online);
    if (!ended.Is(resapi::ClusterResourceOnline)) {
      return Fail(absl::StrFormat("OnlineV2 with an InBuffer of %d bytes, empty or with unknown names alone, %s",
                                  in.bytes ? in.bytes->size() : 0, Outcome(ended)));
    }
  }
  int malformed = 0;
  for (const std::vector<uint8_t>& bytes : MalformedPropertyLists()) {
    OfflineArguments offline;
    offline.in.bytes = bytes;
    if (instance.locked()) offline.flags = CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
    Recover(instance, instance.Offline(offline), resapi::ClusterResourceOffline);
    OnlineArguments online;
    online.in.bytes = bytes;
    Recover(instance, instance.Online(online), resapi::ClusterResourceOnline);
    ++malformed;
  }
  // Workers that read a buffer later get to it now, and fault.
  instance.TerminateAndClose();
  return Pass(absl::StrFormat("%d well-formed and %d malformed InBuffers, each gone after its call", well_formed.size(),
                              malformed));
}

// What OfflineV2 is passed beside InBuffer: every flag, then one of everything else.
std::vector<OfflineArguments> OfflineCalls() {
  std::vector<uint32_t> flags = {0x80, 0x100, 0x40000000, 0x80000000, 0xFFFFFFFF};
  for (uint32_t combination = 0; combination < 0x80; ++combination) flags.push_back(combination);
  std::vector<OfflineArguments> calls;
  for (const std::u16string& destination :
       {std::u16string(u"NODE1"), std::u16string(u"NODE2"), std::u16string(u"\u0443\u0437\u0435\u043B-\u4E8C"),
        std::u16string(255, u'N'), std::u16string()}) {
    calls.push_back({destination, 0, {}, 0});
  }
  for (uint32_t reserved : {1u, 4u, 0xFFFFFFFFu}) calls.push_back({std::nullopt, 0, {}, reserved});
  for (uint32_t bits : flags) calls.push_back({std::nullopt, bits, {}, 0});
  return calls;
}

Finding OfflineArgumentsTaken(Subject& subject) {
  Instance& instance = subject.OpenOnline();
  int made = 0;
  int refused = 0;
  const std::vector<OfflineArguments> calls = OfflineCalls();
  for (OfflineArguments arguments : calls) {
    if (!subject.HasTime()) break;
    if (instance.locked()) arguments.flags |= CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
    const Ended offline = instance.Offline(arguments);
    ++made;
    const std::string call =
        absl::StrFormat("OfflineV2 with flags 0x%x, reserved 0x%x and %s %s", arguments.flags, arguments.reserved,
                        arguments.destination ? "a destination" : "none", Outcome(offline));
    if (!offline.state) return NotJudged(call);
    if (offline.Is(resapi::ClusterResourceFailed)) return Fail(call);
    // Whether it may be refused is another check's.
    if (offline.Is(resapi::ClusterResourceOnline)) {
      ++refused;
      continue;
    }
    if (!instance.Online().Is(resapi::ClusterResourceOnline)) return NotJudged("it did not come online again");
  }
  return Pass(absl::StrFormat("%d of %d combinations of arguments%s", made, calls.size(),
                              refused == 0 ? "" : absl::StrFormat(", %d of them refused and still online", refused)));
}

Finding FlagsObeyed(Subject& subject) {
  constexpr int kRetries = 5;
  Instance& instance = subject.OpenOnline();
  if (instance.locked()) return Pass("it is in locked mode while online, and RHS would not call it without 0x01");
  int delayed = 0;
  for (uint32_t flags : {0x01u, 0x05u, 0x08u, 0x09u, 0x00u, 0x04u, 0x40u}) {
    OfflineArguments arguments;
    arguments.flags = flags;
    const bool forced = (flags & 0x09) != 0;
    for (int attempt = 0; attempt < kRetries; ++attempt) {
      const Ended ended = instance.Offline(arguments);
      const std::string call = absl::StrFormat("OfflineV2 with flags %s %s",
                                               names::FormatFlags(names::FlagSet::kOffline, flags), Outcome(ended));
      if (!ended.state) return forced || (flags & 4) == 0 ? Fail(call) : NotJudged(call);
      if (ended.Is(resapi::ClusterResourceOffline)) break;
      if (forced) return Fail(call);
      if (!ended.Is(resapi::ClusterResourceOnline)) return NotJudged(call);
      if (!instance.IsAlive()) return Fail(absl::StrCat(call, ", and IsAlive says FALSE"));
      ++delayed;
    }
    if (instance.phase() != Phase::kEnded) return NotJudged("the operation goes on");
    if (!instance.Online().state) return NotJudged("it did not come online again");
  }
  return Pass(delayed == 0 ? "it went offline with every flag, at once"
                           : absl::StrFormat("forced, it went offline; else %d attempt(s) were delayed", delayed));
}

Finding OutOfOrder(Subject& subject) {
  Instance& instance = subject.Open();
  struct Step {
    const char* when;
    bool online;
  };
  std::vector<std::string> seen;
  for (const Step& step : {Step{"Offline when offline", false}, Step{"Online", true}, Step{"Online when online", true},
                           Step{"Offline", false}, Step{"Offline when offline", false}}) {
    const Ended ended = step.online ? instance.Online() : instance.OfflineAsRhs();
    if (!ended.state) {
      return Fail(absl::StrFormat("%s returned 997, and no final report came within %d ms", step.when,
                                  absl::ToInt64Milliseconds(subject.options().pending_timeout)));
    }
    Recover(instance, ended, step.online ? resapi::ClusterResourceOnline : resapi::ClusterResourceOffline);
    if (absl::string_view(step.when).size() > 8) seen.push_back(absl::StrCat(step.when, " ", Outcome(ended)));
  }
  // As after a failure.
  instance.StartOnline();
  instance.Terminate();
  if (!instance.OfflineAsRhs().state) return Fail("Offline after a failure did not end");
  return Pass(seen.front());
}

Finding RereadsProperties(Subject& subject) {
  constexpr int kRounds = 3;
  subject.Start();
  const int64_t at_start = subject.registry().use().reads;
  Instance& instance = subject.Open();
  std::vector<int64_t> reads;
  for (int round = 0; round < kRounds; ++round) {
    const int64_t before = subject.registry().use().reads;
    const Ended online = instance.Online();
    if (!online.Is(resapi::ClusterResourceOnline)) return NotJudged(absl::StrCat("OnlineV2 ", Outcome(online)));
    reads.push_back(subject.registry().use().reads - before);
    const Ended offline = instance.OfflineAsRhs();
    Recover(instance, offline, resapi::ClusterResourceOffline);
  }
  if (subject.registry().use().reads == at_start) return Pass("it reads no properties at all");
  if (*std::min_element(reads.begin() + 1, reads.end()) == 0) {
    return Fail("properties were read, but not in a later OnlineV2");
  }
  return Pass(absl::StrFormat("%d values read in each OnlineV2", reads.back()));
}

}  // namespace

std::vector<Check> ArgumentChecks() {
  return {
      {15, "in-buffer", "Any InBuffer is survived, unknown names are ignored, and it is not used after the return",
       "documented: OnlineClusterResourceEx (CLUSPROP_LIST); inferred: unknown names", &InBuffers, true},
      {16, "offline-arguments", "OfflineV2 takes every flag, known or not, any Reserved and any destination",
       "documented: nc-resapi-poffline_v2_routine; inferred: unknown bits", &OfflineArgumentsTaken, true},
      {17, "offline-flags", "Offline is not refused or delayed with 0x01 or 0x08; delayed with 0x04 it stays online",
       "documented: nc-resapi-poffline_v2_routine, MoveClusterGroupEx", &FlagsObeyed, true},
      {18, "out-of-order", "Offline when offline, Online when online and Offline after a failure have an end",
       "inferred: a cluster may repeat itself after a failure of its own", &OutOfOrder},
      {19, "rereads-properties", "Each Online reads the properties again", "documented: implementing-online",
       &RereadsProperties},
  };
}

}  // namespace resource_broker::rhs_host
