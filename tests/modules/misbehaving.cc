#include "tests/modules/misbehaving.h"

#include <atomic>
#include <map>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace resource_broker::test_modules {
namespace {

// What the others begin with.
class Counts : public sdk::Module {
 public:
  sdk::Result Online(sdk::Operation& operation) override { return Count(operation); }
  sdk::Result Offline(sdk::Operation& operation) override { return Count(operation); }
  void Terminate(const sdk::Resource& /*resource*/) override {}
  sdk::HealthReport CheckHealth(const sdk::Resource& /*resource*/, bool /*thorough*/) override { return {}; }
  sdk::ControlResult Control(const sdk::ControlCall& /*call*/) override { return {0, absl::StrCat(count_.load())}; }

 private:
  sdk::Result Count(sdk::Operation& operation) {
    operation.Report(50, absl::StrCat("operation ", ++count_, " of this process"));
    return sdk::Result::Done();
  }

  std::atomic<int> count_{0};
};

class FailsHealth : public Counts {
 public:
  absl::Status Open(const sdk::Resource& resource, uint32_t /*open_flags*/) override {
    Begin(resource.name);
    return absl::OkStatus();
  }
  sdk::Result Online(sdk::Operation& operation) override {
    Begin(operation.resource_name());
    return sdk::Result::Done();
  }
  sdk::HealthReport CheckHealth(const sdk::Resource& resource, bool /*thorough*/) override {
    absl::MutexLock lock(&mutex_);
    if (absl::Now() - begun_[resource.name] < kHealthy) return {};
    return {sdk::Health::kDead, "it has been healthy for 2 s"};
  }

 private:
  static constexpr absl::Duration kHealthy = absl::Seconds(2);

  void Begin(const std::string& resource) {
    absl::MutexLock lock(&mutex_);
    begun_[resource] = absl::Now();
  }

  absl::Mutex mutex_;
  std::map<std::string, absl::Time> begun_ ABSL_GUARDED_BY(mutex_);
};

class HangsOffline : public Counts {
 public:
  sdk::Result Offline(sdk::Operation& operation) override {
    operation.Report("hanging");
    never_.WaitForNotification();
    return sdk::Result::Done();
  }

 private:
  absl::Notification never_;
};

}  // namespace

std::unique_ptr<sdk::Module> MakeModule(const std::string& mode) {
  if (mode == "counts") return std::make_unique<Counts>();
  if (mode == "fails_health") return std::make_unique<FailsHealth>();
  if (mode == "hangs_offline") return std::make_unique<HangsOffline>();
  return nullptr;
}

}  // namespace resource_broker::test_modules
