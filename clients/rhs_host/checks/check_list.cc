#include "absl/strings/string_view.h"
#include "clients/rhs_host/checks/check.h"

namespace resource_broker::rhs_host {

const std::vector<Check>& AllChecks() {
  static const auto* const all = [] {
    auto* list = new std::vector<Check>;
    for (const auto& group : {LoadChecks(), OpenChecks(), OperationChecks(), ArgumentChecks(), LockChecks(),
                              TerminateChecks(), HealthChecks(), ControlChecks(), BoundaryChecks(), ProcessChecks()}) {
      list->insert(list->end(), group.begin(), group.end());
    }
    return list;
  }();
  return *all;
}

const Check* FindCheck(const std::string& name) {
  for (const Check& check : AllChecks()) {
    if (name == check.name) return &check;
  }
  return nullptr;
}

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPass:
      return "pass";
    case Outcome::kWarning:
      return "warning";
    case Outcome::kFail:
      return "fail";
    case Outcome::kNotJudged:
      return "not judged";
  }
  return "";
}

}  // namespace resource_broker::rhs_host
