#include "tests/compatibility/replay.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "resource_broker/v1/bridge.pb.h"

namespace resource_broker::compatibility {

void Replay::Take(const std::shared_ptr<RawCall>& call, const std::string& request) {
  absl::MutexLock lock(&mutex_);
  for (const Entry& entry : exchange_) {
    if (entry.kind != Entry::Kind::kCall || entry.method != call->method() || taken_.count(entry.call) != 0) continue;
    taken_[entry.call] = call;
    LearnIds(entry.method, entry.bytes, request);
    Continue();
    return;
  }
  call->End(grpc::Status(grpc::StatusCode::UNIMPLEMENTED, absl::StrCat("nobody called ", call->method(), " then")));
}

void Replay::LearnIds(const std::string& method, const std::string& then, const std::string& now) {
  if (!absl::EndsWith(method, "Bridge/StartOperation")) return;
  v1::StartOperationRequest before;
  v1::StartOperationRequest after;
  if (before.ParseFromString(then) && after.ParseFromString(now))
    ids_[before.operation().id()] = after.operation().id();
}

std::string Replay::WithIdsOfNow(std::string bytes) const {
  absl::StrReplaceAll(ids_, &bytes);
  return bytes;
}

void Replay::Continue() {
  for (; next_ < exchange_.size(); ++next_) {
    const Entry& entry = exchange_[next_];
    const auto taken = taken_.find(entry.call);
    if (taken == taken_.end()) return;
    switch (entry.kind) {
      case Entry::Kind::kCall:
        break;
      case Entry::Kind::kAnswer:
        taken->second->Answer(WithIdsOfNow(entry.bytes));
        break;
      case Entry::Kind::kEnd:
        taken->second->End(grpc::Status(static_cast<grpc::StatusCode>(entry.status), entry.bytes));
        break;
    }
  }
}

}  // namespace resource_broker::compatibility
