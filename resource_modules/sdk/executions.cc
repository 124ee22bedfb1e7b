#include "resource_modules/sdk/executions.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace resource_broker::sdk {

Executions::Executions(const Limits& limits, Work work, Clock clock)
    : limits_(limits),
      work_(std::move(work)),
      clock_(std::move(clock)),
      pool_(limits.max_parallel, limits.max_waiting) {}

Executions::~Executions() = default;

absl::StatusOr<std::shared_ptr<Execution>> Executions::Start(const v1::ExecuteRequest& request) {
  absl::MutexLock lock(&mutex_);
  DropOld();
  auto known = by_id_.find(request.operation().id());
  if (known != by_id_.end() && (request.resume() || known->second->outcome() != v1::NOT_NOW)) return known->second;
  if (request.resume()) {
    return absl::NotFoundError(
        absl::StrCat("operation ", absl::BytesToHexString(request.operation().id()), " is not known here"));
  }
  if (draining_) return absl::UnavailableError("the module stops");

  auto execution = std::make_shared<Execution>(request);
  auto busy = by_resource_.find(request.operation().resource());
  if (busy != by_resource_.end()) {
    execution->Return(
        Result::Failed(win32::kInvalidState, absl::StrCat("operation ", absl::BytesToHexString(busy->second->id()),
                                                          " of this resource is still under way")));
    by_id_.insert_or_assign(execution->id(), execution);
    Keep(execution);
    return execution;
  }
  if (!pool_.Run([this, execution] { RunOne(execution); })) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the module works on ", limits_.max_parallel, " operations, and ", limits_.max_waiting, " wait"));
  }
  by_id_.insert_or_assign(execution->id(), execution);
  by_resource_.emplace(request.operation().resource(), execution);
  ++under_way_;
  return execution;
}

std::shared_ptr<Execution> Executions::Find(const std::string& id) const {
  absl::MutexLock lock(&mutex_);
  auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::shared_ptr<Execution> Executions::UnderWay(const std::string& resource) const {
  absl::MutexLock lock(&mutex_);
  auto found = by_resource_.find(resource);
  return found == by_resource_.end() ? nullptr : found->second;
}

bool Executions::Drain(std::chrono::milliseconds grace, std::chrono::milliseconds cancel_grace) {
  std::vector<std::shared_ptr<Execution>> left;
  auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return under_way_ == 0; };
  {
    absl::MutexLock lock(&mutex_);
    draining_ = true;
    if (mutex_.AwaitWithTimeout(absl::Condition(&none), absl::FromChrono(grace))) return true;
    for (const auto& [resource, execution] : by_resource_) left.push_back(execution);
  }
  for (const auto& execution : left) execution->RequestCancel(0);
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&none), absl::FromChrono(cancel_grace));
}

void Executions::RunOne(const std::shared_ptr<Execution>& execution) {
  std::optional<Result> result;
  if (execution->Begin()) result = work_(execution);
  {
    // Before it is seen to have ended: who then asks for the same resource must not meet it here.
    absl::MutexLock lock(&mutex_);
    by_resource_.erase(execution->request().operation().resource());
    Keep(execution);
  }
  if (result.has_value()) execution->Return(*std::move(result));
  absl::MutexLock lock(&mutex_);
  --under_way_;
}

void Executions::Keep(const std::shared_ptr<Execution>& execution) {
  ended_.emplace_back(clock_(), execution);
  DropOld();
}

void Executions::DropOld() {
  auto too_old = clock_() - limits_.keep_ended;
  while (!ended_.empty() && (ended_.size() > limits_.max_ended || ended_.front().first <= too_old)) {
    // Its id may be another's by now: that of the try after one that ended NOT_NOW.
    auto known = by_id_.find(ended_.front().second->id());
    if (known != by_id_.end() && known->second == ended_.front().second) by_id_.erase(known);
    ended_.pop_front();
  }
}

}  // namespace resource_broker::sdk
