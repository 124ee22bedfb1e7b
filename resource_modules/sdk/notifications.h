// What a module tells the broker unasked, kept until a broker has been told.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "resource_broker/v1/module.pb.h"

namespace resource_broker::sdk {

// Of each resource the last word on each subject counts: its health, its lock, its failure. So what waits for a broker
// is bounded by the number of resources, and a slow reader gets the newest. Thread-safe.
class Notifications {
 public:
  // Resources with something to tell at once; more are dropped, with a line in the log.
  static constexpr size_t kMaxResources = 20000;

  void SetHealth(const std::string& resource, v1::Health health, absl::string_view message);
  void SetLocked(const std::string& resource, bool locked, uint32_t reason, absl::string_view message);
  void SignalFailure(const std::string& resource, uint32_t failure_type, uint32_t application_error,
                     absl::string_view message);

  // The resource begins anew: alive, unlocked, and a failure nobody has been told of is no longer of interest.
  void Reset(const std::string& resource);

  // A reader begins: it is to be told of all that is not as by default. `wake` is called whenever Next may have
  // something; it replaces that of the reader before.
  void Attach(std::function<void()> wake);

  // The next thing to tell; nullopt if there is none now.
  std::optional<v1::ModuleNotification> Next();

 private:
  enum class Subject { kHealth, kLock, kFailure };
  using Key = std::pair<std::string, Subject>;
  struct Word {
    v1::ModuleNotification notification;
    bool to_be_told = false;
    // Whether to_tell_ has it, be it to be told still or not.
    bool queued = false;
  };

  void Tell(Subject subject, v1::ModuleNotification notification);
  static bool IsDefault(const v1::ModuleNotification& notification);

  absl::Mutex mutex_;
  std::function<void()> wake_ ABSL_GUARDED_BY(mutex_);
  std::map<Key, Word> words_ ABSL_GUARDED_BY(mutex_);
  std::deque<Key> to_tell_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::sdk
