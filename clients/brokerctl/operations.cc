#include "clients/brokerctl/operations.h"

#include <limits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/brokerctl/commands.h"
#include "clients/brokerctl/operation_id.h"
#include "clients/brokerctl/view.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kMaxCandidates = 5;

// The whole id, by asking the broker for all it has if only the beginning is known.
absl::StatusOr<std::string> ResolveId(AdminClient* client, const std::string& text) {
  absl::StatusOr<IdPattern> pattern = ParseIdPattern(text);
  if (!pattern.ok()) return pattern.status();
  if (!pattern->id.empty()) return pattern->id;
  absl::StatusOr<std::vector<v1::OperationRecord>> all =
      client->ListOperations("", false, std::numeric_limits<size_t>::max());
  if (!all.ok()) return all.status();
  std::vector<std::string> found;
  for (const v1::OperationRecord& record : *all) {
    if (absl::StartsWith(FormatId(record.operation().id()), pattern->prefix)) found.push_back(record.operation().id());
  }
  if (found.empty()) return absl::NotFoundError(absl::StrCat("no operation's id begins with ", pattern->prefix));
  if (found.size() == 1) return found.front();
  std::string message = absl::StrCat(found.size(), " operations' ids begin with ", pattern->prefix, ":");
  for (size_t i = 0; i < found.size() && i < kMaxCandidates; ++i) absl::StrAppend(&message, " ", FormatId(found[i]));
  if (found.size() > kMaxCandidates) absl::StrAppend(&message, " ...");
  return absl::FailedPreconditionError(message);
}

v1::WatchedEvent Watched(const v1::OperationRequest& operation, const v1::Event& event) {
  v1::WatchedEvent watched;
  watched.set_operation_id(operation.id());
  watched.set_resource(operation.resource());
  watched.set_kind(operation.kind());
  *watched.mutable_event() = event;
  return watched;
}

// One operation to its end. Its events until now are asked for first, so that an end that comes before the watch
// begins is not waited for.
absl::StatusOr<int> WatchOne(AdminClient* client, const WatchOptions& options, Output* output) {
  absl::StatusOr<std::string> id = ResolveId(client, options.id);
  if (!id.ok()) return id.status();
  absl::StatusOr<v1::OperationRecord> record = client->GetOperation(*id);
  if (!record.ok()) return record.status();
  uint64_t last_sequence = 0;
  v1::EventKind last_kind = v1::EVENT_KIND_UNSPECIFIED;
  const auto show = [&](const v1::WatchedEvent& watched, bool print) {
    if (watched.event().sequence() <= last_sequence) return;
    last_sequence = watched.event().sequence();
    last_kind = watched.event().kind();
    // How it ended is told in any case.
    if (print || IsFinal(last_kind)) output->PrintLine(watched, WatchedEventText(watched));
  };
  for (const v1::Event& event : record->events()) show(Watched(record->operation(), event), options.from_start);
  if (!IsFinal(last_kind)) {
    v1::WatchOperationsRequest request;
    request.set_operation_id(*id);
    request.set_from_start(true);
    absl::Status status = client->Watch(request, options.at_most, [&](const v1::WatchedEvent& watched) {
      show(watched, true);
      return !IsFinal(last_kind);
    });
    if (!status.ok()) return status;
  }
  return last_kind == v1::SUCCEEDED || !IsFinal(last_kind) ? kDone : kNotSucceeded;
}

}  // namespace

absl::Status CheckId(const std::string& get_id, const std::string& watch_id) {
  for (const std::string& id : {get_id, watch_id}) {
    if (!id.empty()) {
      if (absl::Status status = ParseIdPattern(id).status(); !status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ListOperations(AdminClient* client, const ListOptions& options, Output* output) {
  absl::StatusOr<std::vector<v1::OperationRecord>> operations =
      client->ListOperations(options.resource, options.pending_only, options.limit);
  if (!operations.ok()) return operations.status();
  v1::ListOperationsResponse response;
  if (output->json()) {
    for (const v1::OperationRecord& record : *operations) *response.add_operations() = record;
  }
  output->Print(response, OperationsText(*operations));
  return kDone;
}

absl::StatusOr<int> GetOperation(AdminClient* client, const std::string& id, Output* output) {
  absl::StatusOr<std::string> whole_id = ResolveId(client, id);
  if (!whole_id.ok()) return whole_id.status();
  absl::StatusOr<v1::OperationRecord> record = client->GetOperation(*whole_id);
  if (!record.ok()) return record.status();
  output->Print(*record, OperationText(*record));
  return kDone;
}

absl::StatusOr<int> WatchOperations(AdminClient* client, const WatchOptions& options, Output* output) {
  if (!options.id.empty()) return WatchOne(client, options, output);
  v1::WatchOperationsRequest request;
  request.set_resource(options.resource);
  request.set_from_start(options.from_start);
  absl::Status status = client->Watch(request, options.at_most, [&](const v1::WatchedEvent& event) {
    output->PrintLine(event, WatchedEventText(event));
    return true;
  });
  if (!status.ok()) return status;
  return kDone;
}

}  // namespace resource_broker::brokerctl
