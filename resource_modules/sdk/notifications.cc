#include "resource_modules/sdk/notifications.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "resource_modules/sdk/log.h"
#include "resource_modules/sdk/text.h"

namespace resource_broker::sdk {
namespace {

v1::ModuleNotification About(const std::string& resource, absl::string_view message) {
  v1::ModuleNotification notification;
  notification.set_resource(resource);
  notification.set_message(MessageText(message));
  return notification;
}

}  // namespace

void Notifications::SetHealth(const std::string& resource, v1::Health health, absl::string_view message) {
  v1::ModuleNotification notification = About(resource, message);
  notification.set_health(health);
  Tell(Subject::kHealth, std::move(notification));
}

void Notifications::SetLocked(const std::string& resource, bool locked, uint32_t reason, absl::string_view message) {
  v1::ModuleNotification notification = About(resource, message);
  notification.mutable_lock()->set_locked(locked);
  notification.mutable_lock()->set_reason(reason);
  Tell(Subject::kLock, std::move(notification));
}

void Notifications::SignalFailure(const std::string& resource, uint32_t failure_type, uint32_t application_error,
                                  absl::string_view message) {
  v1::ModuleNotification notification = About(resource, message);
  notification.mutable_failure()->set_failure_type(failure_type);
  notification.mutable_failure()->set_application_error(application_error);
  Tell(Subject::kFailure, std::move(notification));
}

void Notifications::Reset(const std::string& resource) {
  {
    absl::MutexLock lock(&mutex_);
    auto failure = words_.find({resource, Subject::kFailure});
    if (failure != words_.end()) failure->second.to_be_told = false;
  }
  SetHealth(resource, v1::ALIVE, "");
  SetLocked(resource, false, 0, "");
}

void Notifications::Attach(std::function<void()> wake) {
  absl::MutexLock lock(&mutex_);
  wake_ = std::move(wake);
  to_tell_.clear();
  for (auto word = words_.begin(); word != words_.end();) {
    Word& said = word->second;
    bool to_be_told = said.notification.has_failure() ? said.to_be_told : !IsDefault(said.notification);
    if (!to_be_told) {
      word = words_.erase(word);
      continue;
    }
    said.to_be_told = said.queued = true;
    to_tell_.push_back(word->first);
    ++word;
  }
}

std::optional<v1::ModuleNotification> Notifications::Next() {
  absl::MutexLock lock(&mutex_);
  while (!to_tell_.empty()) {
    auto word = words_.find(to_tell_.front());
    to_tell_.pop_front();
    word->second.queued = false;
    bool to_be_told = std::exchange(word->second.to_be_told, false);
    v1::ModuleNotification notification = word->second.notification;
    // A state is kept for the next reader; what is as by default, or happened once, is not.
    if (IsDefault(notification) || notification.has_failure()) words_.erase(word);
    if (to_be_told) return notification;
  }
  return std::nullopt;
}

void Notifications::Tell(Subject subject, v1::ModuleNotification notification) {
  std::function<void()> wake;
  {
    absl::MutexLock lock(&mutex_);
    Key key(notification.resource(), subject);
    auto word = words_.find(key);
    if (word == words_.end()) {
      if (IsDefault(notification)) return;
      if (words_.size() >= kMaxResources) {
        Log(absl::StrCat("notification of ", key.first, " dropped: ", kMaxResources, " wait already"));
        return;
      }
      word = words_.emplace(key, Word()).first;
    }
    word->second.notification = std::move(notification);
    word->second.to_be_told = true;
    if (!std::exchange(word->second.queued, true)) to_tell_.push_back(key);
    wake = wake_;
  }
  if (wake) wake();
}

bool Notifications::IsDefault(const v1::ModuleNotification& notification) {
  return (notification.has_health() && notification.health() == v1::ALIVE) ||
         (notification.has_lock() && !notification.lock().locked());
}

}  // namespace resource_broker::sdk
