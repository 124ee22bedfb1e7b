#include "broker_service/operations/operation_watchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace resource_broker::broker {
namespace {

using ::testing::ElementsAre;

class Onlooker : public OperationWatcher {
 public:
  // Until `go` it does not return from its first event.
  explicit Onlooker(absl::Notification* go = nullptr) : go_(go) {}

  void OnEvent(const std::shared_ptr<const v1::WatchedEvent>& event, bool history) override {
    {
      absl::MutexLock lock(&mu_);
      heard_.push_back(absl::StrCat(event->resource(), event->event().sequence(), history ? "h" : ""));
    }
    if (go_ != nullptr) go_->WaitForNotification();
  }
  void OnLost() override {
    absl::MutexLock lock(&mu_);
    lost_ = true;
  }

  // Waits at most 10 s.
  std::vector<std::string> Await(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return heard_.size() >= count; };
    mu_.AwaitWithTimeout(absl::Condition(&enough), absl::Seconds(10));
    return heard_;
  }
  bool AwaitLost() {
    absl::MutexLock lock(&mu_);
    return mu_.AwaitWithTimeout(absl::Condition(&lost_), absl::Seconds(10));
  }

 private:
  absl::Notification* const go_;
  absl::Mutex mu_;
  std::vector<std::string> heard_ ABSL_GUARDED_BY(mu_);
  bool lost_ ABSL_GUARDED_BY(mu_) = false;
};

std::shared_ptr<const v1::OperationRequest> Of(const std::string& resource) {
  auto request = std::make_shared<v1::OperationRequest>();
  request->set_id(absl::StrCat("id-", resource));
  request->set_resource(resource);
  return request;
}

v1::Event Number(uint64_t sequence) {
  v1::Event event;
  event.set_sequence(sequence);
  return event;
}

TEST(OperationWatchersTest, AddedWithHistory_HearsItFirstAndThenWhatIsTold) {
  OperationWatchers watchers(10);
  const auto watcher = std::make_shared<Onlooker>();
  watchers.Tell(*Of("a"), Number(1));
  watchers.Add({"", "a"}, watcher, {{Of("b"), {Number(7)}}, {Of("a"), {Number(1)}}});
  watchers.Tell(*Of("b"), Number(8));
  watchers.Tell(*Of("a"), Number(2));
  EXPECT_THAT(watcher->Await(2), ElementsAre("a1h", "a2"));
}

TEST(OperationWatchersTest, WatcherBlocks_TellingDoesNotAndTooMuchIsLostForAll) {
  OperationWatchers watchers(4);
  absl::Notification go;
  const auto slow = std::make_shared<Onlooker>(&go);
  const auto other = std::make_shared<Onlooker>();
  watchers.Add({}, slow, {});
  watchers.Add({}, other, {});
  watchers.Tell(*Of("a"), Number(1));
  slow->Await(1);
  for (int i = 2; i < 1000; ++i) watchers.Tell(*Of("a"), Number(static_cast<uint64_t>(i)));
  go.Notify();
  EXPECT_TRUE(slow->AwaitLost());
  EXPECT_TRUE(other->AwaitLost());
  EXPECT_THAT(other->Await(0), ElementsAre("a1", "a2", "a3", "a4", "a5"));
  // It is over for who watched then, not for who comes later.
  const auto later = std::make_shared<Onlooker>();
  watchers.Add({}, later, {});
  watchers.Tell(*Of("a"), Number(1000));
  EXPECT_THAT(later->Await(1), ElementsAre("a1000"));
}

TEST(OperationWatchersTest, WatcherIsGone_NothingIsToldToIt) {
  OperationWatchers watchers(10);
  auto gone = std::make_shared<Onlooker>();
  const auto stays = std::make_shared<Onlooker>();
  watchers.Add({}, gone, {});
  watchers.Add({}, stays, {});
  watchers.Tell(*Of("a"), Number(1));
  stays->Await(1);
  const std::weak_ptr<Onlooker> weak = gone;
  gone.reset();
  watchers.Tell(*Of("a"), Number(2));
  EXPECT_THAT(stays->Await(2), ElementsAre("a1", "a2"));
  EXPECT_EQ(weak.lock(), nullptr);
}

}  // namespace
}  // namespace resource_broker::broker
