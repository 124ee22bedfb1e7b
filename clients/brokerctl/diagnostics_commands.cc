#include "clients/brokerctl/diagnostics_commands.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/diagnostics.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

absl::StatusOr<Answer> Ask(const Node& node) {
  absl::StatusOr<v1::DiagnosticsReport> report =
      node.Call(&v1::Diagnostics::Stub::GetDiagnostics, v1::GetDiagnosticsRequest());
  if (!report.ok()) return report.status();
  Part process =
      Table({{"BROKER", "PROCESS", "SINCE", "THREADS", "HANDLES", "MEMORY", "JOURNAL", "DISK FREE"},
             {report->node(), absl::StrCat(report->process_id()), FormatTime(report->started_unix_us()),
              absl::StrCat(report->threads()), absl::StrCat(report->handles()), FormatBytes(report->memory_bytes()),
              FormatBytes(report->journal_bytes()), FormatBytes(report->disk_free_bytes())}});
  std::vector<Row> slow = {{"SLOW STEP", "OF", "FOR MS"}};
  for (const v1::DiagnosticsReport::SlowStep& step : report->slow_steps()) {
    slow.push_back({step.name(), OrNothing(step.subject()), absl::StrCat(step.duration_ms())});
  }
  std::vector<Row> connections = {{"CONNECTED BY", "CONNECTIONS"}};
  for (const auto& [who, count] :
       std::map<std::string, uint32_t>(report->connections().begin(), report->connections().end())) {
    connections.push_back({who, absl::StrCat(count)});
  }
  std::vector<Row> components = {{"PART", "VERSION", "DETAIL"}};
  for (const v1::DiagnosticsReport::Component& component : report->components()) {
    components.push_back({component.name(), component.version(), OrNothing(component.detail())});
  }
  std::vector<Part> parts = {std::move(process)};
  for (std::vector<Row>* rows : {&slow, &connections, &components}) {
    Part part = Table(std::move(*rows));
    part.gap = part.hidden_if_empty = true;
    parts.push_back(std::move(part));
  }
  return AnswerOf(*std::move(report), std::move(parts));
}

}  // namespace

void AddDiagnosticsCommands(CLI::App* app, Command* chosen) {
  CLI::App* diag = AddCommand(app, "diag", "Numbers of the process, steps that hang, versions of every part",
                              "  brokerctl --context prod diag\n"
                              "  brokerctl -o json diag");
  AddWatch(diag, chosen);
  diag->callback([chosen] { chosen->ask = Ask; });
}

}  // namespace resource_broker::brokerctl
