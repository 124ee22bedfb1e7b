#include "broker_service/host/testing/program.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/host/platform.h"

namespace resource_broker::broker::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

}  // namespace

class Program::Recorder : public ChildDelegate {
 public:
  void OnStarted(uint32_t process_id) override {
    absl::MutexLock lock(&mu);
    this->process_id = process_id;
  }
  void OnOutput(ChildStream stream, std::string_view bytes) override {
    absl::MutexLock lock(&mu);
    (stream == ChildStream::kOutput ? output : errors).append(bytes);
  }
  void OnEnded(const ChildEnd& how) override {
    EXPECT_TRUE(how.start.ok()) << how.start;
    absl::MutexLock lock(&mu);
    ended = true;
    exit_code = how.exit_code;
  }

  absl::Mutex mu;
  uint32_t process_id ABSL_GUARDED_BY(mu) = 0;
  std::string output ABSL_GUARDED_BY(mu);
  std::string errors ABSL_GUARDED_BY(mu);
  bool ended ABSL_GUARDED_BY(mu) = false;
  int64_t exit_code ABSL_GUARDED_BY(mu) = -1;
};

Program::Program(std::vector<std::string> arguments, const Environment& environment)
    : recorder_(std::make_shared<Recorder>()) {
  ChildOptions options;
  options.program = std::filesystem::u8path(RESOURCE_BROKER_PROGRAM);
  options.arguments = std::move(arguments);
  options.folder = ProgramFile().parent_path();
  options.environment = environment;
  process_ = ChildProcess::Start(std::move(options), recorder_);
}

Program::~Program() = default;

uint32_t Program::ProcessId() {
  absl::MutexLock lock(&recorder_->mu);
  const auto known = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(recorder_->mu) {
    return recorder_->process_id != 0 || recorder_->ended;
  };
  EXPECT_TRUE(recorder_->mu.AwaitWithTimeout(absl::Condition(&known), kPatience));
  return recorder_->process_id;
}

int64_t Program::ExitCode() {
  absl::MutexLock lock(&recorder_->mu);
  EXPECT_TRUE(recorder_->mu.AwaitWithTimeout(absl::Condition(&recorder_->ended), kPatience));
  return recorder_->exit_code;
}

std::string Program::Output() {
  absl::MutexLock lock(&recorder_->mu);
  return recorder_->output;
}

std::string Program::Errors() {
  absl::MutexLock lock(&recorder_->mu);
  return recorder_->errors;
}

}  // namespace resource_broker::broker::testing
