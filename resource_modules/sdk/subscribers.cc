#include "resource_modules/sdk/subscribers.h"

#include <utility>
#include <vector>

namespace resource_broker::sdk {

int Subscribers::Add(std::function<void()> function) {
  absl::MutexLock lock(&mutex_);
  functions_.emplace(++last_id_, std::move(function));
  return last_id_;
}

void Subscribers::Remove(int id) {
  absl::MutexLock lock(&mutex_);
  functions_.erase(id);
}

void Subscribers::CallAll() const {
  std::vector<std::function<void()>> functions;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, function] : functions_) functions.push_back(function);
  }
  for (const auto& function : functions) function();
}

}  // namespace resource_broker::sdk
