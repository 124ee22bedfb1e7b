// The checks: what each is called, the rule it judges, and where the rule is from.
#pragma once

#include <string>
#include <vector>

#include "clients/rhs_host/checks/finding.h"

namespace resource_broker::rhs_host {

class Subject;

struct Check {
  // The point of the contract's section 7.
  int point;
  const char* name;
  const char* rule;
  // How sure the rule is and who says it: "documented: …", "header: …", "sample: …", "inferred: …".
  const char* source;
  // Runs in a process of its own, in which the DLL is loaded but not started.
  Finding (*run)(Subject&);
  // What version 1 does not have is not judged of a DLL that has only that.
  bool version2 = false;
  // Whose fault it is, and not only an obstacle, when a call does not return, or an exception comes out of one.
  bool owns_hangs = false;
  bool owns_exceptions = false;
  // Runs first, in a process that then ends without Close.
  void (*leave)(Subject&) = nullptr;
};

inline Check OwnsHangs(Check check) {
  check.owns_hangs = true;
  return check;
}
inline Check OwnsExceptions(Check check) {
  check.owns_exceptions = true;
  return check;
}

// The groups, in the order of the contract.
std::vector<Check> LoadChecks();
std::vector<Check> OpenChecks();
std::vector<Check> OperationChecks();
std::vector<Check> ArgumentChecks();
std::vector<Check> LockChecks();
std::vector<Check> TerminateChecks();
std::vector<Check> HealthChecks();
std::vector<Check> ControlChecks();
std::vector<Check> BoundaryChecks();
std::vector<Check> ProcessChecks();

// All forty, by their point.
const std::vector<Check>& AllChecks();

// Null for a name that none has.
const Check* FindCheck(const std::string& name);

}  // namespace resource_broker::rhs_host
