#include "broker_service/audit/refusal_sums.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

// "10.1.2.3" of "10.1.2.3:51812": each connection has another port.
std::string Host(const std::string& from) { return from.substr(0, from.rfind(':')); }

}  // namespace

bool RefusalSums::Add(const v1::AuditRecord& record, absl::Duration now) {
  const std::string common = absl::StrCat(record.method(), "|", record.code());
  std::string kind = absl::StrCat(common, "|", record.identity(), "|", Host(record.from()));
  bool known = sums_.count(kind) != 0;
  const bool crowded = !known && sums_.size() >= kMaxKinds;
  if (crowded) {
    kind = common;
    known = sums_.count(kind) != 0;
  }
  Sum& sum = sums_[kind];
  if (!known) {
    sum.until = now + kWindow;
    return true;
  }
  sum.record = record;
  if (crowded) {
    sum.record.clear_identity();
    sum.record.clear_from();
    sum.record.clear_role();
  }
  ++sum.count;
  return false;
}

std::vector<v1::AuditRecord> RefusalSums::Take(absl::Duration now, bool all) {
  std::vector<v1::AuditRecord> due;
  for (auto sum = sums_.begin(); sum != sums_.end();) {
    if (!all && sum->second.until > now) {
      ++sum;
      continue;
    }
    if (sum->second.count == 0) {
      sum = sums_.erase(sum);
      continue;
    }
    sum->second.record.set_repeated(sum->second.count);
    due.push_back(std::move(sum->second.record));
    // It goes on: its next minute begins counted.
    sum->second = {now + kWindow, {}, 0};
    ++sum;
  }
  return due;
}

absl::Duration RefusalSums::due() const {
  absl::Duration due = absl::InfiniteDuration();
  for (const auto& [kind, sum] : sums_) due = std::min(due, sum.until);
  return due;
}

}  // namespace resource_broker::broker
