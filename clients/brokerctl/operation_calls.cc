#include "clients/brokerctl/operation_calls.h"

#include <algorithm>
#include <cctype>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "resource_broker/v1/admin.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kIdBytes = 16;
constexpr uint32_t kLargestPage = 1000;
// Operations a page of the search for an id holds.
constexpr uint32_t kSearchPage = kLargestPage;

bool IsHex(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char digit) { return std::isxdigit(digit) != 0; });
}

}  // namespace

absl::StatusOr<v1::ListOperationsResponse> ListOperations(const Node& node, v1::ListOperationsRequest request,
                                                          uint32_t limit) {
  v1::ListOperationsResponse all;
  const auto count = [&] { return static_cast<uint32_t>(all.operations_size()); };
  do {
    request.set_page_size(std::min(limit - count(), kLargestPage));
    absl::StatusOr<v1::ListOperationsResponse> page = node.Call(&v1::Admin::Stub::ListOperations, request);
    if (!page.ok()) return page.status();
    all.mutable_operations()->MergeFrom(page->operations());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty() && count() < limit);
  return all;
}

absl::StatusOr<v1::OperationRecord> GetOperation(const Node& node, const std::string& operation_id) {
  v1::GetOperationRequest request;
  request.set_operation_id(operation_id);
  return node.Call(&v1::Admin::Stub::GetOperation, request);
}

absl::Status WatchOperations(const Node& node, const v1::WatchOperationsRequest& request,
                             const std::function<bool(const v1::WatchedEvent&)>& event) {
  // A stream that lasts has no deadline of its own; whether a broker is there is asked first.
  if (absl::StatusOr<v1::GetStatusResponse> there = node.Status(/*without_resources=*/true); !there.ok())
    return there.status();
  v1::Admin::Stub stub(node.channel());
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::WatchedEvent>> reader = stub.WatchOperations(&context, request);
  v1::WatchedEvent watched;
  while (reader->Read(&watched)) {
    if (!event(watched)) {
      context.TryCancel();
      reader->Finish();
      return absl::OkStatus();
    }
  }
  return node.Explain(reader->Finish());
}

absl::Status WatchToEnd(const Node& node, const std::string& operation_id, bool from_start,
                        const std::function<bool(const v1::WatchedEvent&)>& event) {
  const absl::StatusOr<v1::OperationRecord> record = GetOperation(node, operation_id);
  if (!record.ok()) return record.status();
  const uint64_t known = record->events().empty() ? 0 : record->events().rbegin()->sequence();
  v1::WatchOperationsRequest request;
  request.set_operation_id(operation_id);
  // Always from the start: an end that came before the watch began would be waited for in vain.
  request.set_from_start(true);
  return WatchOperations(node, request, [&](const v1::WatchedEvent& watched) {
    const bool final = watched.event().has_final();
    const bool wanted = from_start || final || watched.event().sequence() > known;
    return (!wanted || event(watched)) && !final;
  });
}

absl::StatusOr<std::string> FindOperationId(const Node& node, const std::string& text) {
  if (text.empty() || text.size() > 2 * kIdBytes || !IsHex(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", text, "\" is no operation's id: 32 hex digits, or the first of them"));
  }
  if (text.size() == 2 * kIdBytes) return absl::HexStringToBytes(text);
  std::string found;
  v1::ListOperationsRequest request;
  request.set_page_size(kSearchPage);
  do {
    absl::StatusOr<v1::ListOperationsResponse> page = node.Call(&v1::Admin::Stub::ListOperations, request);
    if (!page.ok()) return page.status();
    for (const v1::OperationRecord& record : page->operations()) {
      const std::string& id = record.operation().id();
      if (!absl::StartsWithIgnoreCase(absl::BytesToHexString(id), text)) continue;
      if (!found.empty()) {
        return absl::FailedPreconditionError(absl::StrCat("more than one operation begins with ", text, ": ",
                                                          absl::BytesToHexString(found), " and ",
                                                          absl::BytesToHexString(id)));
      }
      found = id;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (found.empty()) return absl::NotFoundError(absl::StrCat("no operation begins with ", text));
  return found;
}

}  // namespace resource_broker::brokerctl
