#include "clients/brokerctl/format.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "clients/brokerctl/table.h"
#include "clients/names/names.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::brokerctl {
namespace {

using Rows = std::vector<std::vector<std::string>>;

constexpr char kNothing[] = "-";

std::string OrNothing(std::string text) { return text.empty() ? kNothing : text; }

std::string KindName(const v1::OperationRequest& operation) {
  return operation.kind() == v1::ONLINE ? "Online" : "Offline";
}

std::string FlagNames(const v1::OperationRequest& operation) {
  return names::FormatFlags(operation.kind() == v1::ONLINE ? names::FlagSet::kOnline : names::FlagSet::kOffline,
                            operation.flags());
}

std::string HealthName(const v1::ResourceStatus& resource) {
  if (!resource.has_health()) return kNothing;
  return resource.health() == v1::ALIVE ? "alive" : "dead";
}

std::string Progress(const v1::Event& event) {
  return event.has_percent() ? absl::StrCat(event.percent(), "%") : std::string(kNothing);
}

std::string Outcome(const v1::Event& event) {
  if (!event.has_final()) return kNothing;
  const v1::FinalReport& final = event.final();
  std::string text = absl::StrCat(names::StateName(final.state()), ", ", names::FormatWin32(final.win32_code()));
  if (final.module_code() != 0) absl::StrAppend(&text, ", module code ", final.module_code());
  if (final.status_flags() != 0) {
    absl::StrAppend(&text, ", ", names::FormatFlags(names::FlagSet::kStatus, final.status_flags()));
  }
  return text;
}

std::string Milliseconds(uint64_t us) { return absl::StrFormat("%.1f ms", static_cast<double>(us) / 1000); }

std::string YesNo(bool value) { return value ? "yes" : "no"; }

}  // namespace

std::string FormatStatus(const v1::GetStatusResponse& status) {
  std::string text =
      absl::StrFormat("%s %s on %s, process %u, up %s\n", status.choice().component(),
                      status.choice().component_version(), status.node(), status.process_id(),
                      absl::FormatDuration(absl::Trunc(absl::Milliseconds(status.uptime_ms()), absl::Seconds(1))));
  absl::StrAppend(&text, "operations: ", status.operations_running(), " running, ", status.operations_queued(),
                  " queued, ", status.operations_ended(), " ended\n");
  for (const std::string& notice : status.notices()) absl::StrAppend(&text, "notice: ", notice, "\n");
  // In a map of protobuf they are in no order.
  const std::map<std::string, uint64_t> slow(status.slow_steps().begin(), status.slow_steps().end());
  if (!slow.empty()) absl::StrAppend(&text, "slow steps: ", absl::StrJoin(slow, ", ", absl::PairFormatter(" ")), "\n");

  Rows sessions = {{"SESSION", "PROCESS", "NODE", "BRIDGE", "CONNECTED", "RESOURCES"}};
  for (const v1::SessionStatus& session : status.sessions()) {
    sessions.push_back({absl::BytesToHexString(session.session_id()), absl::StrCat(session.process_id()),
                        session.node(), session.component(), YesNo(session.connected()),
                        absl::StrCat(session.resources())});
  }
  Rows resources = {{"RESOURCE", "TYPE", "MODULE", "STATE", "HEALTH", "LOCKED", "OPEN"}};
  for (const v1::ResourceStatus& resource : status.resources()) {
    resources.push_back({resource.resource(), resource.resource_type(), OrNothing(resource.module()),
                         names::StateName(resource.state()), HealthName(resource), YesNo(resource.locked()),
                         YesNo(resource.open())});
  }
  Rows modules = {{"MODULE", "VERSION", "STATE", "PROCESS", "RESTARTS", "MESSAGE"}};
  for (const v1::ModuleStatus& module : status.modules()) {
    modules.push_back({module.name(), module.version(), v1::ModuleStatus::State_Name(module.state()),
                       module.process_id() == 0 ? kNothing : absl::StrCat(module.process_id()),
                       absl::StrCat(module.restarts()), OrNothing(module.message())});
  }
  for (const Rows& rows : {sessions, resources, modules}) {
    if (rows.size() > 1) absl::StrAppend(&text, "\n", FormatTable(rows));
  }
  return text;
}

std::string FormatResources(const v1::GetStatusResponse& status) {
  Rows rows = {{"RESOURCE", "TYPE", "MODULE", "STATE", "MEANT TO BE", "HEALTH", "OPEN", "LOCKED"}};
  for (const v1::ResourceStatus& resource : status.resources()) {
    const bool meant = resource.intended_state() != v1::RESOURCE_STATE_UNSPECIFIED;
    std::string locked = resource.locked() ? "by its module" : "no";
    if (resource.locked_by_administrator()) locked = absl::StrCat("by an administrator: ", resource.lock_reason());
    rows.push_back({resource.resource(), OrNothing(resource.resource_type()), OrNothing(resource.module()),
                    names::StateName(resource.state()), meant ? names::StateName(resource.intended_state()) : kNothing,
                    HealthName(resource), YesNo(resource.open()), std::move(locked)});
  }
  return FormatTable(rows);
}

std::string FormatOperations(const v1::ListOperationsResponse& operations) {
  Rows rows = {{"OPERATION", "KIND", "RESOURCE", "MODULE", "STATE", "PROGRESS", "OUTCOME", "WHEN"}};
  for (const v1::OperationRecord& record : operations.operations()) {
    const v1::OperationRequest& operation = record.operation();
    v1::Event last;
    if (!record.events().empty()) last = *record.events().rbegin();
    rows.push_back({absl::BytesToHexString(operation.id()), KindName(operation), operation.resource(),
                    operation.module(), v1::EventKind_Name(last.kind()), Progress(last), Outcome(last),
                    FormatTime(last.time_unix_us())});
  }
  return FormatTable(rows);
}

std::string FormatOperation(const v1::OperationRecord& record) {
  const v1::OperationRequest& operation = record.operation();
  Rows facts = {{"operation", absl::BytesToHexString(operation.id())},
                {"kind", KindName(operation)},
                {"resource", operation.resource()},
                {"type", operation.resource_type()},
                {"module", operation.module()},
                {"flags", FlagNames(operation)},
                {"destination",
                 operation.has_destination_node() ? absl::StrCat("\"", operation.destination_node(), "\"") : "NULL"},
                {"in buffer", record.has_in_buffer_bytes() ? absl::StrCat(record.in_buffer_bytes(), " bytes") : "NULL"},
                {"reserved", absl::StrCat(operation.reserved())}};
  Rows events = {{"#", "WHEN", "EVENT", "ATTEMPT", "CHECKPOINT", "PROGRESS", "MESSAGE"}};
  for (const v1::Event& event : record.events()) {
    events.push_back({absl::StrCat(event.sequence()), FormatTime(event.time_unix_us()),
                      v1::EventKind_Name(event.kind()), absl::StrCat(event.attempt()), absl::StrCat(event.checkpoint()),
                      Progress(event), OrNothing(event.message())});
    if (!event.has_final()) continue;
    facts.push_back({"outcome", Outcome(event)});
    facts.push_back({"ran in", OrNothing(event.final().module())});
    facts.push_back({"queued", Milliseconds(event.final().queue_time_us())});
    facts.push_back({"ran", Milliseconds(event.final().run_time_us())});
  }
  return absl::StrCat(FormatTable(facts), "\n", FormatTable(events));
}

std::string FormatWatched(const v1::WatchedEvent& watched) {
  const v1::Event& event = watched.event();
  std::string text = absl::StrFormat("%s  %s  %-7s %s  #%u %s", FormatTime(event.time_unix_us()),
                                     absl::BytesToHexString(watched.operation_id()),
                                     watched.kind() == v1::ONLINE ? "Online" : "Offline", watched.resource(),
                                     event.sequence(), v1::EventKind_Name(event.kind()));
  if (event.has_percent()) absl::StrAppend(&text, " ", Progress(event));
  if (event.has_final()) absl::StrAppend(&text, " (", Outcome(event), ")");
  if (!event.message().empty()) absl::StrAppend(&text, " ", event.message());
  return FormatTable({{text}});
}

std::string FormatJson(const google::protobuf::Message& message, bool compact) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !compact;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) return absl::StrCat("{\"error\": \"", absl::CEscape(status.ToString()), "\"}\n");
  if (text.empty() || text.back() != '\n') text.push_back('\n');
  return text;
}

std::string FormatTime(int64_t unix_us) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%E3S", absl::FromUnixMicros(unix_us), absl::UTCTimeZone());
}

}  // namespace resource_broker::brokerctl
