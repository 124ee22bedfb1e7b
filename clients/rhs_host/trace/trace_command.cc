#include "clients/rhs_host/trace/trace_command.h"

#include <iostream>

#include "clients/console/console.h"
#include "clients/rhs_host/trace/replay.h"
#include "clients/rhs_host/trace/trace_file.h"

namespace resource_broker::rhs_host {
namespace {

int Fail(absl::string_view message) {
  std::cerr << "rhs_host: " << message << std::endl;
  return kUsage;
}

}  // namespace

int ShowTrace(const std::string& trace) {
  absl::StatusOr<std::vector<TraceRecord>> records = ReadTrace(trace);
  if (!records.ok()) return Fail(records.status().message());
  const bool colour = console::PrepareOutput();
  for (const TraceRecord& record : *records) {
    if (record.kind == RecordKind::kProperty) continue;
    Record shown{record.kind, record.resource, record.Text("shown").value_or(""), {}};
    shown.held = record.kind != RecordKind::kCheck || record.Truth("held");
    std::cout << TimelineText(record.time, shown, colour) << '\n';
  }
  return kAllHeld;
}

int ReplayTrace(const std::string& trace, const RunOptions& options) {
  absl::StatusOr<std::vector<TraceRecord>> records = ReadTrace(trace);
  if (!records.ok()) return Fail(records.status().message());
  absl::StatusOr<std::vector<Step>> steps = StepsOfTrace(*records);
  if (!steps.ok()) return Fail(steps.status().message());
  return RunSteps(options, *steps);
}

}  // namespace resource_broker::rhs_host
