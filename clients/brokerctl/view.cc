#include "clients/brokerctl/view.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/brokerctl/operation_id.h"
#include "clients/brokerctl/table.h"
#include "clients/brokerctl/view_words.h"
#include "clients/names/names.h"

namespace resource_broker::brokerctl {
namespace {

const v1::Event& LastEvent(const v1::OperationRecord& record) {
  return record.events().empty() ? v1::Event::default_instance() : *record.events().rbegin();
}

std::string FlagsText(const v1::OperationRequest& operation) {
  const names::FlagSet set = operation.kind() == v1::ONLINE ? names::FlagSet::kOnline : names::FlagSet::kOffline;
  const std::string text = names::FormatFlags(set, operation.flags());
  return operation.flags() == 0 ? text : absl::StrFormat("%s (0x%x)", text, operation.flags());
}

std::string HealthText(const v1::ResourceStatus& resource) {
  if (!resource.has_health()) return "";
  return absl::AsciiStrToLower(v1::Health_Name(resource.health()));
}

std::string ModuleStateText(v1::ModuleStatus::State state) {
  const std::string& name = v1::ModuleStatus::State_Name(state);
  return name.empty() ? absl::StrCat(static_cast<int>(state)) : absl::AsciiStrToLower(name);
}

const char* YesOrNo(bool yes) { return yes ? "yes" : "no"; }

// A titled table after an empty line; nothing for no rows.
std::string Section(const std::string& title, const Table& table) {
  return table.empty() ? absl::StrCat("\n", title, ": none\n") : absl::StrCat("\n", title, "\n", table.Print());
}

std::string BrokerText(const v1::GetStatusResponse& status) {
  Table broker({"", ""});
  broker.Add({"Broker", absl::StrCat(status.choice().component(), " ", status.choice().component_version(),
                                     " (protocol ", status.choice().version(), ")")});
  broker.Add({"Node", status.node()});
  broker.Add({"Process", absl::StrCat(status.process_id())});
  broker.Add({"Started",
              absl::StrCat(TimeText(status.started_unix_us(), false), ", ", DurationText(status.uptime_ms()), " ago")});
  broker.Add({"Operations", absl::StrCat(status.operations_queued(), " queued, ", status.operations_running(),
                                         " running, ", status.operations_ended(), " ended")});
  return broker.Print(/*with_header=*/false);
}

}  // namespace

bool IsFinal(v1::EventKind kind) { return kind >= v1::SUCCEEDED; }

std::string StatusText(const v1::GetStatusResponse& status) {
  Table sessions({"SESSION", "PID", "NODE", "COMPONENT", "CONNECTED", "RESOURCES"});
  for (const v1::SessionStatus& session : status.sessions()) {
    sessions.Add({FormatShortId(session.session_id()), absl::StrCat(session.process_id()), session.node(),
                  session.component(), YesOrNo(session.connected()), absl::StrCat(session.resources())});
  }
  Table resources({"RESOURCE", "TYPE", "MODULE", "STATE", "HEALTH", "LOCKED", "OPEN"});
  for (const v1::ResourceStatus& resource : status.resources()) {
    resources.Add({resource.resource(), resource.resource_type(), resource.module(), StateText(resource.state()),
                   HealthText(resource), YesOrNo(resource.locked()), YesOrNo(resource.open())});
  }
  Table modules({"MODULE", "VERSION", "STATE", "PID", "RESTARTS", "MESSAGE"});
  for (const v1::ModuleStatus& module : status.modules()) {
    modules.Add({module.name(), module.version(), ModuleStateText(module.state()),
                 module.process_id() == 0 ? "" : absl::StrCat(module.process_id()), absl::StrCat(module.restarts()),
                 module.message()});
  }
  return absl::StrCat(BrokerText(status), Section("Sessions", sessions), Section("Resources", resources),
                      Section("Modules", modules));
}

std::string OperationsText(const std::vector<v1::OperationRecord>& operations) {
  Table table({"ID", "RESOURCE", "KIND", "MODULE", "EVENT", "TIME", "DETAIL"});
  for (const v1::OperationRecord& record : operations) {
    const v1::Event& last = LastEvent(record);
    table.Add({FormatShortId(record.operation().id()), record.operation().resource(),
               KindText(record.operation().kind()), record.operation().module(), EventText(last.kind()),
               TimeText(last.time_unix_us(), false), Printable(DetailText(last), 80)});
  }
  return table.empty() ? "no operations\n" : table.Print();
}

std::string OperationText(const v1::OperationRecord& record) {
  const v1::OperationRequest& operation = record.operation();
  const v1::Event& last = LastEvent(record);
  Table facts({"", ""});
  facts.Add({"Operation", FormatId(operation.id())});
  facts.Add({"Kind", KindText(operation.kind())});
  facts.Add({"Resource", absl::StrCat(operation.resource(), " (", operation.resource_type(), ")")});
  facts.Add({"Module", last.final().module().empty() ? operation.module() : last.final().module()});
  facts.Add({"Flags", FlagsText(operation)});
  if (operation.kind() == v1::OFFLINE) {
    facts.Add({"Destination",
               operation.has_destination_node() ? absl::StrCat("\"", operation.destination_node(), "\"") : "none"});
  }
  facts.Add({"InBuffer", record.has_in_buffer_bytes() ? absl::StrCat(record.in_buffer_bytes(), " bytes") : "none"});
  facts.Add({"Reserved", absl::StrFormat("0x%x", operation.reserved())});
  if (last.has_final()) {
    facts.Add({"Queued", MicrosecondsText(last.final().queue_time_us())});
    facts.Add({"Ran", MicrosecondsText(last.final().run_time_us())});
  }
  Table events({"SEQ", "TIME", "EVENT", "ATTEMPT", "DETAIL"});
  for (const v1::Event& event : record.events()) {
    events.Add({absl::StrCat(event.sequence()), TimeText(event.time_unix_us(), true), EventText(event.kind()),
                event.attempt() == 0 ? "" : absl::StrCat(event.attempt()), DetailText(event)});
  }
  return absl::StrCat(facts.Print(/*with_header=*/false), Section("Events", events));
}

std::string WatchedEventText(const v1::WatchedEvent& watched) {
  const v1::Event& event = watched.event();
  const std::string detail = Printable(DetailText(event));
  return absl::StrFormat("%s  %s  %-16s  %-7s  %3u  %-19s%s%s\n", TimeText(event.time_unix_us(), true),
                         FormatShortId(watched.operation_id()), Printable(watched.resource()), KindText(watched.kind()),
                         event.sequence(), EventText(event.kind()), detail.empty() ? "" : "  ", detail);
}

}  // namespace resource_broker::brokerctl
