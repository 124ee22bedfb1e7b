// A module that costs as little as a module can.
//
//   WorkMs  how long an operation lasts; 0 without it
//   Hold    operations wait until this file exists
#include <chrono>
#include <filesystem>
#include <string>
#include <system_error>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/sdk/module.h"

namespace {

using namespace resource_broker::sdk;  // NOLINT(google-build-using-namespace): a module's own program

constexpr std::chrono::milliseconds kLook{2};

// One thread looks for the file, however many wait for it.
class Gate {
 public:
  void Await(const std::string& path) {
    absl::MutexLock lock(&mu_);
    if (!watched_.contains(path)) {
      watched_[path] = false;
      std::thread([this, path] { Look(path); }).detach();
    }
    const auto open = [this, &path]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return watched_.at(path); };
    mu_.Await(absl::Condition(&open));
  }

 private:
  void Look(const std::string& path) {
    std::error_code ignored;
    while (!std::filesystem::exists(std::filesystem::u8path(path), ignored)) std::this_thread::sleep_for(kLook);
    absl::MutexLock lock(&mu_);
    watched_[path] = true;
  }

  absl::Mutex mu_;
  absl::flat_hash_map<std::string, bool> watched_ ABSL_GUARDED_BY(mu_);
};

class BenchModule : public Module {
 public:
  Result Online(Operation& operation) override { return Work(operation); }
  Result Offline(Operation& operation) override { return Work(operation); }
  void Terminate(const Resource& resource) override {}
  HealthReport CheckHealth(const Resource& resource, bool thorough) override { return {Health::kAlive, ""}; }

 private:
  Result Work(Operation& operation) {
    int work_ms = 0;
    const std::string work = operation.properties().Text("WorkMs").value_or("");
    if (absl::SimpleAtoi(work, &work_ms) && work_ms > 0) operation.WaitForCancel(std::chrono::milliseconds(work_ms));
    const std::string hold = operation.properties().Text("Hold").value_or("");
    if (!hold.empty()) gate_.Await(hold);
    return operation.cancelled() ? Result::Cancelled() : Result::Done();
  }

  Gate gate_;
};

}  // namespace

int main(int argc, char** argv) {
  BenchModule module;
  return RunModule(argc, argv, module);
}
