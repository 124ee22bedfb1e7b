// Against the service manager itself, with services that are on every Windows (and under Wine).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resource_modules/generic_service/service.h"
#include "resource_modules/process/testing/running.h"
#include "resource_modules/sdk/result.h"
#include "resource_modules/testing/module_program.h"

namespace resource_broker {
namespace {

using generic_service::Service;
using generic_service::ServiceState;
using ::testing::HasSubstr;
using testing::ModuleProgram;
using testing::Outcome;

constexpr char kSubject[] = "Spooler";
constexpr uint32_t kOfflineDueToEmbeddedFailure = 0x10;

class GenericServiceTest : public ::testing::Test {
 protected:
  GenericServiceTest() : module_("generic_service") { module_.Set("ServiceName", kSubject); }
  ~GenericServiceTest() override { module_.Terminate("r1"); }

  static generic_service::ServiceStatus Status() {
    auto status = Service::Open(kSubject).value()->Query();
    EXPECT_TRUE(status.ok()) << status.status();
    return *status;
  }

  void MustGoOnline() {
    Outcome online = module_.Online("r1");
    ASSERT_EQ(online.result().outcome(), v1::DONE) << online.result().message();
    ASSERT_EQ(Status().state, ServiceState::kRunning);
  }

  ModuleProgram module_;
};

TEST_F(GenericServiceTest, OnlineThenOffline_TheServiceRunsAndStopsWithItsProcess) {
  MustGoOnline();
  uint32_t process_id = Status().process_id;
  EXPECT_TRUE(process::IsRunning(process_id));
  EXPECT_EQ(module_.CheckHealth("r1", false), v1::ALIVE);
  EXPECT_EQ(module_.CheckHealth("r1", true), v1::ALIVE);
  EXPECT_EQ(module_.Online("r1").result().outcome(), v1::DONE);
  Outcome offline = module_.Offline("r1");
  EXPECT_EQ(offline.result().outcome(), v1::DONE) << offline.result().message();
  EXPECT_THAT(offline.messages(), HasSubstr("stopped"));
  EXPECT_EQ(Status().state, ServiceState::kStopped);
  EXPECT_FALSE(process::IsRunning(process_id));
  EXPECT_EQ(module_.CheckHealth("r1", true), v1::DEAD);
  EXPECT_EQ(module_.Offline("r1").result().outcome(), v1::DONE);
}

TEST_F(GenericServiceTest, EmbeddedFailure_EndsItWithoutGrace) {
  MustGoOnline();
  uint32_t process_id = Status().process_id;
  v1::ExecuteRequest request = module_.Request(v1::OFFLINE, "r1");
  request.mutable_operation()->set_flags(kOfflineDueToEmbeddedFailure);
  Outcome offline = module_.Execute(request);
  EXPECT_EQ(offline.result().outcome(), v1::DONE) << offline.result().message();
  EXPECT_THAT(offline.messages(), HasSubstr("no grace"));
  EXPECT_FALSE(process::IsRunning(process_id));
}

TEST_F(GenericServiceTest, Terminate_EndsItsProcess) {
  MustGoOnline();
  uint32_t process_id = Status().process_id;
  EXPECT_TRUE(module_.Terminate("r1").ok());
  EXPECT_FALSE(process::IsRunning(process_id));
}

TEST_F(GenericServiceTest, SomebodyElseStopsIt_TheBrokerIsTold) {
  auto context = testing::Context();
  auto watch = module_.stub().Watch(context.get(), v1::ModuleWatchRequest());
  MustGoOnline();
  absl::Status stopped = Service::Open(kSubject).value()->Stop();
  ASSERT_TRUE(stopped.ok()) << stopped;
  v1::ModuleNotification health;
  ASSERT_TRUE(watch->Read(&health));
  EXPECT_EQ(health.health(), v1::DEAD);
  v1::ModuleNotification failure;
  ASSERT_TRUE(watch->Read(&failure));
  EXPECT_TRUE(failure.has_failure());
  context->TryCancel();
}

TEST_F(GenericServiceTest, ItsProcessWasKilled_CountsAsStoppedAndStartsAnew) {
  MustGoOnline();
  auto before = Status();
  EXPECT_TRUE(Service::Open(kSubject).value()->KillProcess(before).ok());
  EXPECT_EQ(module_.CheckHealth("r1", false), v1::DEAD);
  EXPECT_EQ(Status().state, ServiceState::kStopped);
  EXPECT_EQ(Status().win32_exit_code, 1067);
  MustGoOnline();
  EXPECT_TRUE(process::IsRunning(Status().process_id));
  EXPECT_NE(Status().process_id, before.process_id);
}

TEST_F(GenericServiceTest, UnknownService_FailsOnlineAndIsOfflineAnyway) {
  module_.Set("ServiceName", "no-such-service");
  Outcome online = module_.Online("r1");
  EXPECT_EQ(online.result().win32_code(), 1060);
  EXPECT_THAT(online.result().message(), HasSubstr("no-such-service"));
  EXPECT_EQ(module_.Offline("r1").result().outcome(), v1::DONE);
}

TEST(ServiceTest, ChangeOfState_EndsTheWait) {
  auto service = Service::Open(kSubject).value();
  ASSERT_TRUE(service->Start({}).ok() || service->Query()->state == ServiceState::kRunning);
  for (int i = 0; i < 100 && service->Query()->state != ServiceState::kRunning; ++i) {
    service->WaitForChange(std::chrono::seconds(20));
  }
  auto watcher = Service::Open(kSubject).value();
  ASSERT_EQ(watcher->Query()->state, ServiceState::kRunning);
  ASSERT_TRUE(service->Stop().ok());
  auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 100 && watcher->Query()->state != ServiceState::kStopped; ++i) {
    watcher->WaitForChange(std::chrono::seconds(20));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(15));
}

}  // namespace
}  // namespace resource_broker
