#include "broker_service/modules/process_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/host/platform.h"
#include "broker_service/log.h"
#include "broker_service/modules/testing/child.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;

class ProcessWatchTest : public ::testing::Test {
 protected:
  ProcessWatchTest() { SetLogLevel(LogLevel::kError); }

  static std::unique_ptr<Child> StartChild() {
    ChildOptions options;
    options.program = fs::u8path(PROCESS_SUBJECT);
    options.arguments = {"wait"};
    options.folder = fs::temp_directory_path();
    return std::make_unique<Child>(std::move(options));
  }

  std::vector<ProcessWatch::Id> AwaitEnds(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return ended_.size() >= count; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(60)));
    return ended_;
  }

  absl::Mutex mu_;
  std::vector<ProcessWatch::Id> ended_ ABSL_GUARDED_BY(mu_);
  const std::unique_ptr<ProcessWatch> watch_ = ProcessWatch::Start([this](ProcessWatch::Id id) {
    absl::MutexLock lock(&mu_);
    ended_.push_back(id);
  });
};

TEST_F(ProcessWatchTest, ProcessIsKilled_ToldOnceAndForgotten) {
  const auto first = StartChild();
  const auto second = StartChild();
  const uint32_t killed = first->AwaitStart().identity.process_id;
  const uint32_t lives = second->AwaitStart().identity.process_id;
  for (const uint32_t process : {killed, lives, killed}) ASSERT_TRUE(watch_->Add(process).ok());
  const ProcessWatch::Id id = watch_->Find(killed);
  EXPECT_NE(id, 0U);
  first->process()->KillTree();
  EXPECT_THAT(AwaitEnds(1), ::testing::ElementsAre(id));
  EXPECT_EQ(watch_->Find(killed), 0U);
  EXPECT_NE(watch_->Find(lives), 0U);
  second->process()->KillTree();
  EXPECT_THAT(AwaitEnds(2), ::testing::SizeIs(2));
}

TEST_F(ProcessWatchTest, ProcessThatDoesNotRun_NotFound) {
  const auto child = StartChild();
  const uint32_t process = child->AwaitStart().identity.process_id;
  child->process()->KillTree();
  child->AwaitEnd();
  EXPECT_TRUE(absl::IsNotFound(watch_->Add(process)));
  EXPECT_EQ(watch_->Find(process), 0U);
}

TEST_F(ProcessWatchTest, WatchGoesBeforeTheProcess_NothingIsTold) {
  const auto child = StartChild();
  std::atomic<int> told = 0;
  {
    const auto watch = ProcessWatch::Start([&told](ProcessWatch::Id) { ++told; });
    ASSERT_TRUE(watch->Add(child->AwaitStart().identity.process_id).ok());
    ASSERT_TRUE(watch->Add(ProcessId()).ok());
  }
  child->process()->KillTree();
  child->AwaitEnd();
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace resource_broker::broker::testing
