// A script for the host: one command a line, checked as a whole before the first one runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "clients/rhs_host/clusapi/property.h"
#include "clients/rhs_host/condition.h"
#include "clients/rhs_host/host.h"

namespace resource_broker::rhs_host {

struct StartupStep {
  std::string type;
  uint32_t min_version = 0;
  uint32_t max_version = 0;
};
struct OpenStep {
  OpenArguments arguments;
};
struct OnlineStep {
  ResidChoice resid;
  OnlineArguments arguments;
};
struct OfflineStep {
  ResidChoice resid;
  OfflineArguments arguments;
};
struct LooksAliveStep {
  ResidChoice resid;
};
struct IsAliveStep {
  ResidChoice resid;
};
struct ControlStep {
  ResidChoice resid;
  ControlArguments arguments;
};
struct TypeControlStep {
  std::string type;
  ControlArguments arguments;
};
struct TerminateStep {
  ResidChoice resid;
};
struct CancelStep {
  ResidChoice resid;
  uint32_t flags = 0;
};
struct CloseStep {
  ResidChoice resid;
};
struct WaitStep {
  std::vector<Condition> conditions;
  absl::Duration timeout;
};
struct ExpectStep {
  std::vector<Condition> conditions;
};
struct PropertyStep {
  Property property;
};
struct SleepStep {
  absl::Duration duration;
};
struct PrintStep {
  std::string text;
};
struct JoinStep {};

using Action = std::variant<StartupStep, OpenStep, OnlineStep, OfflineStep, LooksAliveStep, IsAliveStep, ControlStep,
                            TypeControlStep, TerminateStep, CancelStep, CloseStep, WaitStep, ExpectStep, PropertyStep,
                            SleepStep, PrintStep, JoinStep>;

struct Step {
  int line = 0;
  // The call is started and not waited for, until a `join`.
  bool background = false;
  // Empty for commands that concern none.
  std::string resource;
  Action action;
  // What the entry point must return; the BOOL for the health checks.
  std::optional<uint32_t> expect;
};

// The commands, by their first word; [ ] may be absent, flags are names or numbers joined by |.
//
//   startup [type=T] [min=0x100] [max=0x400]        StartupEx; `open` does it by itself
//   open R [type=T] [flags=] [pending-timeout=10s]  OpenV2
//   online R [flags=] [in=] [in-size=] [reserved=]  OnlineV2
//   offline R [dest=NODE | dest-hex=] [flags=] [in=] [in-size=] [reserved=]
//   looks R, alive R                                LooksAlive, IsAlive
//   control R code= [in=] [in-size=] [out=SIZE]     ResourceControl; `type-control` likewise, with [type=T]
//   terminate R, cancel R [flags=], close R
//   wait R CONDITION... [timeout=10s]               until all hold
//   expect R CONDITION...                           they hold now
//   property R Name[:TYPE]=VALUE                    sets a private property
//   sleep DURATION, print TEXT, join
//
// Every entry point but `startup` takes resid=closed|null|NUMBER, to pass on purpose what is not its own, and all take
// expect=CODE (true or false for the health checks). An entry point is run in the background after `&`. `default_type`
// is used where type= is absent. InvalidArgument begins with "line N: ".
absl::StatusOr<std::vector<Step>> ParseScript(absl::string_view text, const std::string& default_type);

}  // namespace resource_broker::rhs_host
