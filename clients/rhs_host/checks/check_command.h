// `rhs_host check`: every check against one resource DLL.
#pragma once

#include <string>
#include <vector>

#include "clients/rhs_host/checks/check_options.h"
#include "clients/rhs_host/checks/check_report.h"

namespace resource_broker::rhs_host {

struct CheckCommand {
  CheckOptions options;
  ReportFormat format = ReportFormat::kTable;
  // Names of those to run. Empty: all.
  std::vector<std::string> only;
  // Where each probe's trace is kept, in a folder of the check's name. Empty: nowhere.
  std::string keep;
};

// Writes the report to standard output. The exit code is that of run_command.h: 0 nothing failed, 1 something did, 2
// the command line is wrong, 3 the DLL can't be loaded.
int RunChecks(const CheckCommand& command);

}  // namespace resource_broker::rhs_host
