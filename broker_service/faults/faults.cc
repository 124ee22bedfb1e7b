#include "broker_service/faults/faults.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "broker_service/faults/crash.h"
#include "broker_service/log.h"

namespace resource_broker::broker {
namespace {

constexpr uint32_t kMaxDelayMs = 60'000;

std::vector<absl::string_view> ActionsOf(const FaultPointInfo& info) {
  std::vector<absl::string_view> names;
  for (const FaultAction action : kFaultActions) {
    if ((info.actions & action) != 0) names.push_back(FaultActionName(action));
  }
  return names;
}

bool IsDelay(FaultAction action) { return action == kDelayBefore || action == kDelayAfter; }

Faults::Side SideOf(FaultAction action) {
  return action == kCrashAfter || action == kDelayAfter ? Faults::Side::kAfter : Faults::Side::kBefore;
}

// As the real thing fails: a journal on a full disk, anything else by a peer that is not there.
absl::Status ErrorAt(const FaultPointInfo& info) {
  if (info.name.substr(0, 8) == "journal.") {
    return absl::ResourceExhaustedError(absl::StrCat("database or disk is full (SQLite 13), by fault ", info.name));
  }
  return absl::UnavailableError(absl::StrCat("by fault ", info.name));
}

}  // namespace

absl::Status CheckFault(const v1::Fault& fault, const std::string& prefix) {
  const auto wrong = [&](const char* field, const std::string& why) {
    return absl::InvalidArgumentError(absl::StrCat(prefix, field, ": ", why));
  };
  const FaultPointInfo* info = FindFaultPoint(fault.point());
  if (info == nullptr) {
    return wrong("point",
                 absl::StrCat("\"", fault.point(), "\" is no fault point; \"brokerctl fault list\" lists them"));
  }
  const FaultAction action = FindFaultAction(fault.action());
  if ((info->actions & action) == 0) {
    return wrong("action", absl::StrCat("\"", fault.action(), "\" is none of ", info->name, ", which has ",
                                        absl::StrJoin(ActionsOf(*info), ", ")));
  }
  if (IsDelay(action)) {
    if (fault.delay_ms() < 1 || fault.delay_ms() > kMaxDelayMs) {
      return wrong("delay_ms", absl::StrCat("must be 1 to ", kMaxDelayMs, ", not ", fault.delay_ms()));
    }
  } else if (fault.delay_ms() != 0) {
    return wrong("delay_ms", "is only for DELAY_BEFORE and DELAY_AFTER");
  }
  if (action != kDrop && fault.drop_bytes() != 0) return wrong("drop_bytes", "is only for DROP");
  if (action == kDrop && fault.after() != 0) return wrong("after", "is not for DROP: drop_bytes says when");
  if (action == kDrop && fault.repeat()) return wrong("repeat", "is not for DROP");
  return absl::OkStatus();
}

Faults& Faults::OfProcess() {
  // Never destroyed: threads may pass points to the very end.
  static Faults& faults = *new Faults();
  return faults;
}

void Faults::Configure(const v1::BrokerConfig::FaultSettings& settings) {
  absl::MutexLock lock(&mu_);
  for (State& state : states_) {
    state.hits = 0;
    Release(&state);
  }
  for (const v1::Fault& fault : settings.armed()) ArmLocked(fault);
  allowed_ = settings.allowed();
}

absl::Status Faults::Arm(const v1::Fault& fault) {
  if (!allowed()) {
    return absl::FailedPreconditionError(
        "faults are not allowed: set \"faults\": {\"allowed\": true} in broker.json and start the broker again");
  }
  if (absl::Status status = CheckFault(fault, "fault."); !status.ok()) return status;
  LogWarning("fault ", fault.point(), ": ", fault.action(), " is armed");
  absl::MutexLock lock(&mu_);
  ArmLocked(fault);
  return absl::OkStatus();
}

void Faults::ArmLocked(const v1::Fault& fault) {
  const size_t index = static_cast<size_t>(FindFaultPoint(fault.point())->point);
  states_[index].armed =
      Armed{FindFaultAction(fault.action()), fault.delay_ms(), fault.after(), fault.drop_bytes(), fault.repeat()};
}

absl::Status Faults::Clear(const std::string& point) {
  const FaultPointInfo* info = point.empty() ? nullptr : FindFaultPoint(point);
  if (!point.empty() && info == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("point: \"", point, "\" is no fault point; \"brokerctl fault list\" lists them"));
  }
  absl::MutexLock lock(&mu_);
  if (info != nullptr) {
    Release(&states_[static_cast<size_t>(info->point)]);
    return absl::OkStatus();
  }
  for (State& state : states_) Release(&state);
  return absl::OkStatus();
}

void Faults::Release(State* state) {
  state->armed.reset();
  ++state->clears;
}

v1::ListFaultPointsResponse Faults::List() const {
  v1::ListFaultPointsResponse response;
  absl::MutexLock lock(&mu_);
  for (const FaultPointInfo& info : FaultPointTable()) {
    const State& state = states_[static_cast<size_t>(info.point)];
    v1::FaultPoint* point = response.add_points();
    point->set_point(std::string(info.name));
    point->set_description(std::string(info.description));
    for (const absl::string_view action : ActionsOf(info)) point->add_actions(std::string(action));
    point->set_hits(state.hits);
    if (state.armed.has_value()) point->set_armed(std::string(FaultActionName(state.armed->action)));
    point->set_holding(state.held > 0);
  }
  return response;
}

absl::Status Faults::Pass(FaultPoint point, Side side) {
  const FaultPointInfo& info = FaultPointTable()[static_cast<size_t>(point)];
  Armed armed;
  absl::MutexLock lock(&mu_);
  State& state = states_[static_cast<size_t>(point)];
  if (side == Side::kBefore) ++state.hits;
  if (!state.armed.has_value() || SideOf(state.armed->action) != side) return absl::OkStatus();
  if (state.armed->after > 0) {
    --state.armed->after;
    return absl::OkStatus();
  }
  armed = *state.armed;
  if (!armed.repeat) state.armed.reset();
  if (armed.action == kCrashBefore || armed.action == kCrashAfter) Crash();
  LogWarning("fault ", info.name, ": ", FaultActionName(armed.action), " acts");
  if (armed.action == kError) return ErrorAt(info);
  ++state.held;
  const auto cleared = [&state, clears = state.clears]() { return state.clears != clears; };
  mu_.AwaitWithTimeout(absl::Condition(&cleared), absl::Milliseconds(armed.delay_ms));
  --state.held;
  LogWarning("fault ", info.name, ": goes on");
  return absl::OkStatus();
}

size_t Faults::Receive(FaultPoint point, size_t bytes) {
  absl::MutexLock lock(&mu_);
  State& state = states_[static_cast<size_t>(point)];
  ++state.hits;
  if (!state.armed.has_value()) return bytes;
  if (bytes <= state.armed->drop_bytes) {
    state.armed->drop_bytes -= bytes;
    return bytes;
  }
  const auto left = static_cast<size_t>(state.armed->drop_bytes);
  state.armed.reset();
  LogWarning("fault ", FaultPointTable()[static_cast<size_t>(point)].name, ": DROP acts");
  return left;
}

}  // namespace resource_broker::broker
