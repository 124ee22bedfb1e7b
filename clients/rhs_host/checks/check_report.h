// The findings of all checks, as a table, JSON or JUnit's XML.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "clients/rhs_host/checks/check.h"

namespace resource_broker::rhs_host {

struct Checked {
  const Check* check;
  Finding finding;
  absl::Duration duration;
};

enum class ReportFormat { kTable, kJson, kJunit };

// The table is written check by check as they end, so that a person sees the progress; the others at the end.
class CheckReport {
 public:
  CheckReport(ReportFormat format, bool colour, std::ostream* out) : format_(format), colour_(colour), out_(out) {}

  void Add(Checked checked);
  // `dll` is how it was named.
  void Finish(const std::string& dll);

  int Count(Outcome outcome) const;

 private:
  void WriteRow(const Checked& checked);
  void WriteJson(const std::string& dll);
  void WriteJunit(const std::string& dll);

  const ReportFormat format_;
  const bool colour_;
  std::ostream* const out_;
  std::vector<Checked> checked_;
};

// All checks, as --list shows them: the point, the name, the rule and its source.
void ListChecks(ReportFormat format, std::ostream* out);

}  // namespace resource_broker::rhs_host
