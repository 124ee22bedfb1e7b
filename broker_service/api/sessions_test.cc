#include "broker_service/api/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "broker_service/log.h"
#include "broker_service/operations/testing/fake_time.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeProcesses : public ProcessWatch {
 public:
  absl::Status Add(uint32_t) override { return absl::OkStatus(); }
  Id Find(uint32_t process_id) const override {
    const auto found = ids.find(process_id);
    return found == ids.end() ? 0 : found->second;
  }
  std::map<uint32_t, Id> ids;
};

class SessionsTest : public ::testing::Test {
 protected:
  SessionsTest() { SetLogLevel(LogLevel::kError); }

  void Open(const std::string& id, uint32_t process_id) {
    v1::OpenSessionRequest request;
    request.set_session_id(id);
    request.set_process_id(process_id);
    ASSERT_TRUE(sessions_->Open(request).ok());
  }

  FakeTime time_;
  FakeProcesses processes_;
  std::vector<std::string> ended_;
  const std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>(
      8, absl::Seconds(120), &time_, &processes_, [this](const std::string& session) { ended_.push_back(session); });
};

TEST_F(SessionsTest, ProcessEnds_ItsSessionsEndAtOnceAndNoOthers) {
  processes_.ids = {{100, 1}, {200, 2}};
  Open("a", 100);
  Open("b", 200);
  sessions_->OnProcessEnd(1);
  EXPECT_THAT(ended_, ElementsAre("a"));
  EXPECT_THAT(sessions_->Status(), SizeIs(1));
}

TEST_F(SessionsTest, NumberIsReusedBeforeTheEndIsTold_TheNewProcessKeepsItsSession) {
  processes_.ids = {{100, 1}};
  Open("a", 100);
  processes_.ids = {{100, 2}};
  Open("b", 100);
  sessions_->OnProcessEnd(1);
  EXPECT_THAT(ended_, ElementsAre("a"));
}

TEST_F(SessionsTest, ProcessThatNeverConnected_OnlyTheGraceEndsItsSession) {
  Open("a", 100);
  sessions_->OnProcessEnd(1);
  EXPECT_THAT(ended_, IsEmpty());
  time_.Advance(absl::Seconds(119));
  EXPECT_THAT(ended_, IsEmpty());
  time_.Advance(absl::Seconds(1));
  EXPECT_THAT(ended_, ElementsAre("a"));
}

TEST_F(SessionsTest, ProcessLivesButHasNoConnection_TheGraceHolds) {
  processes_.ids = {{100, 1}};
  Open("a", 100);
  time_.Advance(absl::Seconds(120));
  EXPECT_THAT(ended_, ElementsAre("a"));
  sessions_->OnProcessEnd(1);
  EXPECT_THAT(ended_, SizeIs(1));
}

}  // namespace
}  // namespace resource_broker::broker::testing
