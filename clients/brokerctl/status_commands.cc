#include "clients/brokerctl/status_commands.h"

#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clients/brokerctl/operation_answers.h"
#include "clients/brokerctl/words.h"
#include "clients/names/names.h"

namespace resource_broker::brokerctl {
namespace {

Part Headlines(const v1::GetStatusResponse& status) {
  std::vector<std::string> lines = {
      absl::StrFormat("%s %s on %s, process %u, up %s", status.choice().component(),
                      status.choice().component_version(), status.node(), status.process_id(),
                      absl::FormatDuration(absl::Trunc(absl::Milliseconds(status.uptime_ms()), absl::Seconds(1)))),
      absl::StrCat("operations: ", status.operations_running(), " running, ", status.operations_queued(), " queued, ",
                   status.operations_ended(), " ended")};
  if (status.queue_paused()) lines.push_back(absl::StrCat("the queue is paused: ", status.pause_reason()));
  for (const std::string& notice : status.notices()) lines.push_back(absl::StrCat("notice: ", notice));
  // In a map of protobuf they are in no order.
  const std::map<std::string, uint64_t> slow(status.slow_steps().begin(), status.slow_steps().end());
  if (!slow.empty()) lines.push_back(absl::StrCat("slow steps: ", absl::StrJoin(slow, ", ", absl::PairFormatter(" "))));
  return Lines(lines);
}

Part Sessions(const v1::GetStatusResponse& status) {
  std::vector<Row> rows = {{"SESSION", "PROCESS", "NODE", "BRIDGE", "CONNECTED", "RESOURCES"}};
  for (const v1::SessionStatus& session : status.sessions()) {
    rows.push_back({absl::BytesToHexString(session.session_id()), absl::StrCat(session.process_id()), session.node(),
                    session.component(), YesNo(session.connected()), absl::StrCat(session.resources())});
  }
  return Table(std::move(rows));
}

Part Resources(const v1::GetStatusResponse& status) {
  std::vector<Row> rows = {{"RESOURCE", "TYPE", "MODULE", "STATE", "HEALTH", "LOCKED", "OPEN"}};
  for (const v1::ResourceStatus& resource : status.resources()) {
    rows.push_back({resource.resource(), resource.resource_type(), OrNothing(resource.module()),
                    names::StateName(resource.state()), HealthName(resource), YesNo(resource.locked()),
                    YesNo(resource.open())});
  }
  return Table(std::move(rows));
}

Part Modules(const v1::GetStatusResponse& status) {
  std::vector<Row> rows = {{"MODULE", "VERSION", "STATE", "PROCESS", "RESTARTS", "MESSAGE"}};
  for (const v1::ModuleStatus& module : status.modules()) {
    rows.push_back({module.name(), module.version(), v1::ModuleStatus::State_Name(module.state()),
                    module.process_id() == 0 ? kNothing : absl::StrCat(module.process_id()),
                    absl::StrCat(module.restarts()), OrNothing(module.message())});
  }
  return Table(std::move(rows));
}

absl::StatusOr<Answer> AskSessions(const Node& node) {
  absl::StatusOr<v1::GetStatusResponse> status = node.Status(/*without_resources=*/true);
  if (!status.ok()) return status.status();
  Part part = Sessions(*status);
  v1::GetStatusResponse sessions;
  *sessions.mutable_sessions() = std::move(*status->mutable_sessions());
  return AnswerOf(std::move(sessions), {std::move(part)}, "sessions");
}

}  // namespace

Answer AnswerOfStatus(v1::GetStatusResponse status) {
  std::vector<Part> parts = {Headlines(status)};
  for (Part part : {Sessions(status), Resources(status), Modules(status)}) {
    part.gap = part.hidden_if_empty = true;
    parts.push_back(std::move(part));
  }
  return AnswerOf(std::move(status), std::move(parts));
}

void AddStatusCommands(CLI::App* app, Command* chosen) {
  CLI::App* status = AddCommand(app, "status", "What runs: sessions, resources, modules",
                                "  brokerctl status\n"
                                "  brokerctl --context prod status --watch=5\n"
                                "  brokerctl --context prod -o yaml status");
  AddWatch(status, chosen);
  status->callback([chosen] {
    chosen->ask = [](const Node& node) -> absl::StatusOr<Answer> {
      absl::StatusOr<v1::GetStatusResponse> answer = node.Status();
      if (!answer.ok()) return answer.status();
      return AnswerOfStatus(*std::move(answer));
    };
  });
  CLI::App* sessions = AddCommand(app, "sessions", "The RHS processes whose bridge is attached",
                                  "  brokerctl sessions\n"
                                  "  brokerctl --context prod sessions");
  AddWatch(sessions, chosen);
  sessions->callback([chosen] { chosen->ask = AskSessions; });
}

}  // namespace resource_broker::brokerctl
