// Points 28 to 33: control codes.
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "clients/names/names.h"
#include "clients/rhs_host/checks/property_list.h"
#include "clients/rhs_host/checks/subject.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

constexpr uint32_t kResource = 0x01000000;
constexpr uint32_t kType = 0x02000000;
constexpr uint32_t kUser = 0x00200000;
constexpr uint32_t kModify = 0x00400000;
constexpr uint32_t kInternal = 0x00100000;

constexpr uint32_t kStateChangeReason = 0x0150004E;
constexpr uint32_t kGetOperationContext = 0x011020E9;

constexpr uint32_t kLargeEnough = 65536;

CallResult Call(Subject& subject, Instance& instance, const ControlArguments& arguments) {
  return arguments.code >= kType ? subject.TypeControl(arguments) : instance.Control(arguments);
}

Finding UnknownCodes(Subject& subject) {
  Instance& instance = subject.Open();
  int asked = 0;
  std::string own;
  for (uint32_t bits : {0u, kUser, kModify, kInternal}) {
    // Functions far above those that are defined.
    for (uint32_t function = 0x3000; function < 0x3040; ++function) {
      for (uint32_t object : {kResource, kType}) {
        ControlArguments arguments;
        arguments.code = object | bits | function << 2 | (function & 1) | (bits == kModify ? 2 : 0);
        arguments.out_size = 64;
        const CallResult result = Call(subject, instance, arguments);
        ++asked;
        if (result.code == win32::kInvalidFunction && result.bytes_returned == 0) continue;
        const std::string answer =
            absl::StrFormat("%s of 0x%08x returned %s with BytesReturned %d", result.entry_point, arguments.code,
                            names::FormatWin32(result.code), result.bytes_returned);
        if (bits != kUser) return Fail(absl::StrCat(answer, ", and nobody defines that code"));
        own = answer;
      }
    }
  }
  // Codes with the user bit are for a DLL to define.
  if (!own.empty()) return Warning(absl::StrCat(own, ": unless the DLL defines that code, it should be 1"));
  return Pass(absl::StrFormat("%d codes, all answered 1 ERROR_INVALID_FUNCTION", asked));
}

Finding FixedCodes(Subject& subject) {
  Instance& instance = subject.Open();
  ControlArguments upgrade;
  upgrade.code = resapi::CLUSCTL_RESOURCE_UPGRADE_DLL;
  upgrade.in.bytes = std::vector<uint8_t>{'x', 0, '.', 0, 'd', 0, 'l', 0, 'l', 0, 0, 0};
  const uint32_t upgraded = instance.Control(upgrade).code;
  if (upgraded != win32::kInvalidFunction) {
    return Fail(absl::StrCat("UPGRADE_DLL returned ", names::FormatWin32(upgraded), ", and is the cluster's alone"));
  }
  std::vector<std::string> unusual;
  for (uint32_t code : {resapi::CLUSCTL_RESOURCE_UNKNOWN, resapi::CLUSCTL_RESOURCE_TYPE_UNKNOWN}) {
    ControlArguments arguments;
    arguments.code = code;
    const CallResult result = Call(subject, instance, arguments);
    if (result.code == win32::kInvalidFunction) {
      unusual.push_back(absl::StrFormat("UNKNOWN (0x%08x) returned 1: seen as a DLL without control codes", code));
    } else if (result.code != win32::kSuccess) {
      return Fail(absl::StrFormat("UNKNOWN (0x%08x) returned %s", code, names::FormatWin32(result.code)));
    }
  }
  return unusual.empty() ? Pass("UNKNOWN 0, UPGRADE_DLL 1") : Warning(absl::StrJoin(unusual, "; "));
}

Finding OutBuffers(Subject& subject) {
  Instance& instance = subject.Open();
  std::vector<std::string> answered;
  for (uint32_t function : {0x05u, 0x0Du, 0x11u, 0x79u, 0x7Du, 0x81u, 0x8Du, 0x91u, 0x2Du}) {
    for (uint32_t object : {kResource, kType}) {
      ControlArguments arguments;
      arguments.code = object | function;
      const auto name = [&] { return absl::StrFormat("0x%08x", arguments.code); };
      const auto wrong = [&](const CallResult& result) {
        return Fail(absl::StrFormat("%s with an OutBuffer of %s returned %s with BytesReturned %d", name(),
                                    arguments.out_size ? absl::StrCat(*arguments.out_size, " bytes") : "NULL",
                                    names::FormatWin32(result.code), result.bytes_returned));
      };
      arguments.out_size = kLargeEnough;
      const CallResult whole = Call(subject, instance, arguments);
      if (whole.code != win32::kSuccess) continue;
      const uint32_t size = whole.bytes_returned;
      if (size > kLargeEnough) return wrong(whole);
      if (size == 0) continue;
      for (const std::optional<uint32_t>& small :
           {std::optional<uint32_t>(), std::optional<uint32_t>(0), std::optional<uint32_t>(size - 1)}) {
        arguments.out_size = small;
        const CallResult result = Call(subject, instance, arguments);
        if (result.code != win32::kMoreData || result.bytes_returned != size) return wrong(result);
      }
      arguments.out_size = size;
      const CallResult exact = Call(subject, instance, arguments);
      if (exact.code != win32::kSuccess || exact.bytes_returned != size) return wrong(exact);
      answered.push_back(absl::StrFormat("%s (%d bytes)", name(), size));
    }
  }
  return answered.empty() ? NotJudged("no code is answered with data")
                          : Pass(absl::StrCat("asked with buffers too small and of the exact size: ",
                                              absl::StrJoin(answered, ", ")));
}

Finding PropertyCodes(Subject& subject) {
  Instance& instance = subject.Open();
  const auto stored = [&] {
    ControlArguments get;
    get.code = resapi::CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES;
    get.out_size = kLargeEnough;
    return instance.Control(get).out;
  };
  const auto call = [&](uint32_t code, const std::vector<uint8_t>& list) {
    ControlArguments arguments;
    arguments.code = code;
    arguments.in.bytes = list;
    return instance.Control(arguments).code;
  };
  const std::vector<uint8_t> before = stored();
  const int64_t writes = subject.registry().use().writes;
  const auto changed = [&] { return stored() != before || subject.registry().use().writes != writes; };

  const std::vector<uint8_t> unknown = PropertyList({{u"RhsHostUnknown", 7}});
  call(resapi::CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES, unknown);
  if (changed()) return Fail("VALIDATE_PRIVATE_PROPERTIES changed what is stored");
  for (const std::vector<uint8_t>& list : MalformedPropertyLists()) {
    const uint32_t code = call(resapi::CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES, list);
    if (code == win32::kSuccess) return Fail("SET_PRIVATE_PROPERTIES of a malformed list returned 0");
    if (changed()) return Fail("SET_PRIVATE_PROPERTIES of a malformed list stored something");
  }
  if (!instance.Online().Is(resapi::ClusterResourceOnline)) return NotJudged("it did not come online");
  const uint32_t online = call(resapi::CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES, PropertyList({}));
  if (online != win32::kSuccess && online != win32::kResourcePropertiesStored && online != win32::kInvalidFunction) {
    return Fail(
        absl::StrCat("SET_PRIVATE_PROPERTIES of an empty list, while online, returned ", names::FormatWin32(online)));
  }
  return Pass(online == win32::kInvalidFunction
                  ? "SET is left to RHS (1 ERROR_INVALID_FUNCTION), and nothing was stored"
                  : absl::StrCat("SET while online returned ", names::FormatWin32(online)));
}

Finding StartingPhases(Subject& subject) {
  subject.StartWithoutPhases();
  subject.Open().Close();
  for (const ClusterCallSeen& call : subject.cluster_calls()) {
    return Fail(absl::StrCat(call.function, " was called before CLUSCTL_RESOURCE_TYPE_STARTING_PHASE2"));
  }
  for (uint32_t code : {resapi::CLUSCTL_RESOURCE_TYPE_STARTING_PHASE1, resapi::CLUSCTL_RESOURCE_TYPE_STARTING_PHASE2}) {
    ControlArguments arguments;
    arguments.code = code;
    arguments.in.bytes = std::vector<uint8_t>{12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
    subject.TypeControl(arguments);
    if (code == resapi::CLUSCTL_RESOURCE_TYPE_STARTING_PHASE1 && !subject.cluster_calls().empty()) {
      return Fail(absl::StrCat(subject.cluster_calls().front().function,
                               " was called before CLUSCTL_RESOURCE_TYPE_STARTING_PHASE2"));
    }
  }
  subject.OpenOnline();
  return Pass("no function of clusapi.dll but those of the registry before phase 2");
}

Finding Characteristics(Subject& subject) {
  constexpr uint32_t kRequiresReason = 0x10;
  constexpr uint32_t kDetach = 0x400;
  constexpr uint32_t kReattach = 0x800;
  constexpr uint32_t kOperationContext = 0x1000;
  Instance& instance = subject.OpenOnline();
  const uint32_t characteristics = subject.Characteristics(instance);
  if ((characteristics & kRequiresReason) != 0) {
    ControlArguments reason;
    reason.code = kStateChangeReason;
    // CLUSCTL_RESOURCE_STATE_CHANGE_REASON_STRUCT: size, version 1, a move.
    reason.in.bytes = std::vector<uint8_t>{12, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0};
    if (instance.Control(reason).code == win32::kInvalidFunction) {
      return Fail("0x10 is reported, and STATE_CHANGE_REASON is answered 1");
    }
  }
  if ((characteristics & kOperationContext) != 0) {
    ControlArguments context;
    context.code = kGetOperationContext;
    context.in.bytes = std::vector<uint8_t>(16, 0);
    context.out_size = 1024;
    if (instance.Control(context).code == win32::kInvalidFunction) {
      return Fail("0x1000 is reported, and GET_OPERATION_CONTEXT is answered 1");
    }
  }
  if ((characteristics & (kDetach | kReattach)) != 0) {
    Instance& recovered = subject.Open(resapi::CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE);
    OnlineArguments online;
    online.flags = resapi::CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE;
    if (!recovered.Online(online).Is(resapi::ClusterResourceOnline)) {
      return Fail("0x400 or 0x800 is reported, and Online with RECOVER_MONITOR_STATE does not work");
    }
  }
  return Pass(absl::StrFormat("characteristics 0x%x", characteristics));
}

}  // namespace

std::vector<Check> ControlChecks() {
  return {
      {28, "unknown-control-codes", "Every code that is not known is answered 1, and nothing is returned",
       "documented: implementing-resourcecontrol, implementing-resourcetypecontrol", &UnknownCodes},
      {29, "fixed-control-codes", "UNKNOWN is answered 0, and UPGRADE_DLL 1",
       "sample: ResourceControl; documented: clusctl-resource-upgrade-dll", &FixedCodes},
      {30, "out-buffer", "An OutBuffer that is too small is answered 234 with the size, and nothing is written past it",
       "sample: ResourceControl; documented: control code pages", &OutBuffers},
      {31, "property-codes",
       "VALIDATE changes nothing, SET of what is wrong stores nothing, SET while online is 0 or 5024",
       "documented: clusctl-resource-set-private-properties, -validate-private-properties", &PropertyCodes},
      {32, "starting-phases", "The cluster API is not used before STARTING_PHASE2",
       "documented: clusctl-resource-type-starting-phase1, -phase2", &StartingPhases},
      {33, "characteristics", "What the characteristics promise is there",
       "documented: ne-clusapi-clus_characteristics; inferred: re-attaching", &Characteristics},
  };
}

}  // namespace resource_broker::rhs_host
