// A supervisor with real processes, and listeners a test can wait for.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "broker_service/callback_threads.h"
#include "broker_service/log.h"
#include "broker_service/modules/module_supervisor.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/operations/timer_thread.h"
#include "broker_service/text.h"

namespace resource_broker::broker::testing {

// No test waits so long unless it fails.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

class RecordingRun : public ExecutionListener {
 public:
  void OnBegin(const std::string& module) override {}
  void OnTaken() override { taken_.Notify(); }
  void OnProgress(uint64_t step, const v1::ExecuteEvent::Progress& progress) override {
    absl::MutexLock lock(&mu_);
    progress_.push_back(progress.checkpoint());
  }
  void OnEnd(ExecutionEnd end) override {
    absl::MutexLock lock(&mu_);
    ++ends_;
    end_ = std::move(end);
  }

  // How it ended; fails the test if it does not.
  ExecutionEnd End() {
    absl::MutexLock lock(&mu_);
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(
                                         +[](int* ends) { return *ends > 0; }, &ends_),
                                     kPatience));
    EXPECT_EQ(ends_, 1);
    return end_;
  }
  void AwaitTaken() { EXPECT_TRUE(taken_.WaitForNotificationWithTimeout(kPatience)); }
  void AwaitProgress() {
    absl::MutexLock lock(&mu_);
    const auto some = [this] { return !progress_.empty(); };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&some), kPatience));
  }
  std::vector<uint32_t> progress() {
    absl::MutexLock lock(&mu_);
    return progress_;
  }

 private:
  absl::Notification taken_;
  absl::Mutex mu_;
  std::vector<uint32_t> progress_ ABSL_GUARDED_BY(mu_);
  int ends_ ABSL_GUARDED_BY(mu_) = 0;
  ExecutionEnd end_ ABSL_GUARDED_BY(mu_);
};

class RecordingModuleListener : public ModuleListener {
 public:
  void OnNotification(const std::string& module, const v1::ModuleNotification& notification) override {
    absl::MutexLock lock(&mu_);
    notifications_.push_back(notification);
  }
  void OnModuleLost(const std::string& module, const std::vector<std::string>& resources) override {
    absl::MutexLock lock(&mu_);
    ++lost_;
  }

  std::vector<v1::ModuleNotification> AwaitNotifications(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&] { return notifications_.size() >= count; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience));
    return notifications_;
  }
  void AwaitLost(int count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&] { return lost_ >= count; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience));
  }

 private:
  absl::Mutex mu_;
  std::vector<v1::ModuleNotification> notifications_ ABSL_GUARDED_BY(mu_);
  int lost_ ABSL_GUARDED_BY(mu_) = 0;
};

class SupervisorTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { KeepCallbackThreads(); }

  SupervisorTest() {
    SetLogLevel(LogLevel::kError);
    options_.modules_directory = folder_.path() / "modules";
    options_.log_directory = folder_.path() / "logs";
    options_.socket_directory = folder_.path() / "run" / "modules";
    options_.restart_backoff = absl::Milliseconds(10);
    Restart();
  }
  ~SupervisorTest() override { StopAll(); }

  // With the options as they are now.
  void Restart() {
    supervisor_ = std::make_unique<ModuleSupervisor>(options_, &clock_, &timers_);
    supervisor_->SetListener(listener_);
    EXPECT_TRUE(supervisor_->Prepare().ok());
  }

  // How long it took.
  absl::Duration StopAll() {
    const absl::Time begin = absl::Now();
    absl::Notification stopped;
    supervisor_->Stop([&] { stopped.Notify(); });
    EXPECT_TRUE(stopped.WaitForNotificationWithTimeout(kPatience));
    return absl::Now() - begin;
  }

  void Install(const std::string& name, const std::string& behaviour, const std::string& version = "1.0.0",
               const std::string& more = "") {
    InstallTestModule(options_.modules_directory, name, behaviour, version, more);
  }

  static std::shared_ptr<v1::OperationRequest> Request(const std::string& module, const std::string& action,
                                                       const std::string& resource = "r") {
    auto request = std::make_shared<v1::OperationRequest>();
    request->set_id(RandomBytes(16));
    request->set_kind(v1::ONLINE);
    request->set_resource(resource);
    request->set_module(module);
    (*request->mutable_properties())["Do"].set_text(action);
    return request;
  }

  std::shared_ptr<RecordingRun> Execute(const std::shared_ptr<v1::OperationRequest>& request) {
    auto run = std::make_shared<RecordingRun>();
    supervisor_->Execute({request}, run);
    return run;
  }
  ExecutionEnd RunToEnd(const std::string& module, const std::string& action = "done") {
    return Execute(Request(module, action))->End();
  }

  v1::ModuleStatus StatusOf(const std::string& name) {
    for (const v1::ModuleStatus& status : supervisor_->Status()) {
      if (status.name() == name) return status;
    }
    return {};
  }

  TemporaryFolder folder_;
  ModuleOptions options_;
  SystemClock clock_;
  TimerThread timers_;
  std::shared_ptr<RecordingModuleListener> listener_ = std::make_shared<RecordingModuleListener>();
  std::unique_ptr<ModuleSupervisor> supervisor_;
};

}  // namespace resource_broker::broker::testing
