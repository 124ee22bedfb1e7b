#include "clients/brokerctl/operation_answers.h"

#include <cstdint>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/brokerctl/words.h"
#include "clients/names/names.h"

namespace resource_broker::brokerctl {
namespace {

std::string KindName(const v1::OperationRequest& operation) {
  return operation.kind() == v1::ONLINE ? "Online" : "Offline";
}

std::string FlagNames(const v1::OperationRequest& operation) {
  return names::FormatFlags(operation.kind() == v1::ONLINE ? names::FlagSet::kOnline : names::FlagSet::kOffline,
                            operation.flags());
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

}  // namespace

std::string HealthName(const v1::ResourceStatus& resource) {
  if (!resource.has_health()) return kNothing;
  return resource.health() == v1::ALIVE ? "alive" : "dead";
}

Part OperationsTable(const google::protobuf::RepeatedPtrField<v1::OperationRecord>& operations) {
  std::vector<Row> rows = {{"OPERATION", "KIND", "RESOURCE", "MODULE", "STATE", "PROGRESS", "OUTCOME", "WHEN", "FLAGS",
                            "DESTINATION", "MESSAGE"}};
  for (const v1::OperationRecord& record : operations) {
    const v1::OperationRequest& operation = record.operation();
    v1::Event last;
    if (!record.events().empty()) last = *record.events().rbegin();
    rows.push_back({absl::BytesToHexString(operation.id()), KindName(operation), operation.resource(),
                    operation.module(), v1::EventKind_Name(last.kind()), Progress(last), Outcome(last),
                    FormatTime(last.time_unix_us()), FlagNames(operation), OrNothing(operation.destination_node()),
                    OrNothing(last.message())});
  }
  return Table(std::move(rows), /*narrow=*/8);
}

std::vector<Part> OperationParts(const v1::OperationRecord& record) {
  const v1::OperationRequest& operation = record.operation();
  std::vector<Row> facts = {
      {"operation", absl::BytesToHexString(operation.id())},
      {"kind", KindName(operation)},
      {"resource", operation.resource()},
      {"type", operation.resource_type()},
      {"module", operation.module()},
      {"flags", FlagNames(operation)},
      {"destination",
       operation.has_destination_node() ? absl::StrCat("\"", operation.destination_node(), "\"") : "NULL"},
      {"in buffer", record.has_in_buffer_bytes() ? absl::StrCat(record.in_buffer_bytes(), " bytes") : "NULL"},
      {"reserved", absl::StrCat(operation.reserved())}};
  std::vector<Row> events = {{"#", "WHEN", "EVENT", "ATTEMPT", "CHECKPOINT", "PROGRESS", "MESSAGE"}};
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
  Part history = Table(std::move(events));
  history.gap = true;
  return {Facts(std::move(facts)), std::move(history)};
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
  return text;
}

}  // namespace resource_broker::brokerctl
