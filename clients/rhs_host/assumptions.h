// What nobody public says about RHS, each question a switch: --assume NAME=CHOICE.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {

// The members' defaults are the first choice of each switch. Questions(), and the documentation, say what each means.
struct Assumptions {
  enum class Scope { kResource, kType, kDll };

  bool refusal_is_veto = false;
  bool busy_report_ends = false;
  bool has_locked_mode_ex = false;
  bool cancel_waits = false;
  bool reason_in_reserved = false;
  Scope serialised = Scope::kResource;
  bool refuses_upgrade_dll = false;
  bool strips_reattach = false;
  bool separates_after_crash = false;
};

// One question, for people.
struct Question {
  // What --assume calls it.
  std::string name;
  // Its number in section 9 of the contract.
  int number;
  // The first is the default.
  std::vector<std::string> choices;
  std::string text;
};
const std::vector<Question>& Questions();

// "cancel-thread=resource" into `assumptions`. InvalidArgument lists the names, or the choices.
absl::Status Assume(absl::string_view text, Assumptions* assumptions);

}  // namespace resource_broker::rhs_host
