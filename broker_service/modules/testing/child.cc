#include "broker_service/modules/testing/child.h"

#include <gtest/gtest.h>

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace resource_broker::broker::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

}  // namespace

class Child::Recorder : public ChildDelegate {
 public:
  void OnStarted(const ChildRecord& record) override {
    absl::MutexLock lock(&mu_);
    record_ = record;
  }
  void OnOutput(ChildStream stream, std::string_view bytes) override {
    absl::MutexLock lock(&mu_);
    (stream == ChildStream::kOutput ? output_ : errors_).append(bytes);
  }
  void OnEnded(const ChildEnd& end) override {
    absl::MutexLock lock(&mu_);
    end_ = end;
    ended_ = true;
  }

  ChildRecord AwaitStart() {
    absl::MutexLock lock(&mu_);
    const auto known = [this] { return record_.identity.process_id != 0 || ended_; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&known), kPatience));
    return record_;
  }
  std::string Await(ChildStream stream, const std::string& text) {
    absl::MutexLock lock(&mu_);
    const std::string& all = stream == ChildStream::kOutput ? output_ : errors_;
    const auto said = [&] { return all.find(text) != std::string::npos || ended_; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&said), kPatience));
    EXPECT_NE(all.find(text), std::string::npos) << output_ << errors_;
    return all;
  }
  ChildEnd AwaitEnd() {
    absl::MutexLock lock(&mu_);
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&ended_), kPatience));
    return end_;
  }
  std::string Output() {
    absl::MutexLock lock(&mu_);
    return output_;
  }
  std::string Errors() {
    absl::MutexLock lock(&mu_);
    return errors_;
  }

 private:
  absl::Mutex mu_;
  ChildRecord record_ ABSL_GUARDED_BY(mu_);
  std::string output_ ABSL_GUARDED_BY(mu_);
  std::string errors_ ABSL_GUARDED_BY(mu_);
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  ChildEnd end_ ABSL_GUARDED_BY(mu_);
};

Child::Child(ChildOptions options)
    : recorder_(std::make_shared<Recorder>()), process_(ChildProcess::Start(std::move(options), recorder_)) {}

Child::Child(const ChildRecord& record)
    : recorder_(std::make_shared<Recorder>()), process_(ChildProcess::Adopt(record, recorder_)) {}

ChildRecord Child::AwaitStart() { return recorder_->AwaitStart(); }
std::string Child::AwaitOutput(const std::string& text) { return recorder_->Await(ChildStream::kOutput, text); }
std::string Child::AwaitErrors(const std::string& text) { return recorder_->Await(ChildStream::kErrors, text); }
ChildEnd Child::AwaitEnd() { return recorder_->AwaitEnd(); }
std::string Child::Output() { return recorder_->Output(); }
std::string Child::Errors() { return recorder_->Errors(); }

}  // namespace resource_broker::broker::testing
