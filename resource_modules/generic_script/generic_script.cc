#include "resource_modules/generic_script/generic_script.h"

#include <chrono>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "resource_modules/generic_script/step_input.h"
#include "resource_modules/program_properties/program_properties.h"
#include "resource_modules/sdk/log.h"

namespace resource_broker::generic_script {
namespace {

using sdk::Health;
using sdk::Operation;
using sdk::Result;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kDefaultTimeout{120000};
constexpr milliseconds kDefaultHealthTimeout{4000};
// How long `terminate` waits for the program it interrupts.
constexpr absl::Duration kInterruptTimeout = absl::Seconds(3);
// EX_TEMPFAIL of sysexits.h.
constexpr int64_t kNotNow = 75;

absl::StatusOr<process::ProcessSpec> Spec(const sdk::Properties& properties, const std::string& step) {
  absl::StatusOr<process::ProcessSpec> spec = process::ReadProgramProperties(properties);
  if (spec.ok()) spec->arguments.push_back(step);
  return spec;
}

std::string Message(const ScriptEnd& end) {
  return end.last_error.empty() ? end.status.ToString() : absl::StrCat(end.status.ToString(), ": ", end.last_error);
}

}  // namespace

absl::Status GenericScript::Open(const sdk::Resource& resource, uint32_t /*open_flags*/) {
  absl::Status status = Spec(resource.properties, "").status();
  status.Update(resource.properties.Milliseconds("TimeoutMs", kDefaultTimeout).status());
  status.Update(resource.properties.Milliseconds("HealthTimeoutMs", kDefaultHealthTimeout).status());
  return status;
}

Result GenericScript::Online(Operation& operation) { return Run(operation, "online"); }

Result GenericScript::Offline(Operation& operation) { return Run(operation, "offline"); }

Result GenericScript::Run(Operation& operation, const std::string& step) {
  absl::StatusOr<process::ProcessSpec> spec = Spec(operation.properties(), step);
  if (!spec.ok()) return Result::Failed(spec.status());
  absl::StatusOr<steady_clock::time_point> deadline = operation.Deadline("TimeoutMs", kDefaultTimeout);
  if (!deadline.ok()) return Result::Failed(deadline.status());
  {
    absl::MutexLock lock(&mutex_);
    busy_.insert(operation.resource_name());
  }
  absl::Cleanup not_busy = [&] {
    absl::MutexLock lock(&mutex_);
    busy_.erase(operation.resource_name());
  };
  operation.Report(absl::StrCat("running ", spec->executable, " … ", step));
  absl::StatusOr<ScriptEnd> end =
      RunScript(*spec, OperationInput(step, operation), *deadline, operation.resource_name(), &operation);
  if (!end.ok()) return Result::Failed(end.status());
  switch (end->how) {
    case ScriptEnd::How::kCancelled:
      return Result::Cancelled(absl::StrCat(step, " was cancelled and its program ended; what it had done stays"));
    case ScriptEnd::How::kTimedOut:
      return Result::Failed(win32::kTimeout, absl::StrCat(step, " took too long; ended: ", Message(*end)));
    case ScriptEnd::How::kExited:
      break;
  }
  if (end->status.signal == 0 && end->status.code == 0) return Result::Done();
  if (end->status.signal == 0 && end->status.code == kNotNow) {
    return Result::NotNow(sdk::NotNowReason::kBusy, Message(*end));
  }
  return Result::Failed(win32::kProcessAborted, absl::StrCat(step, " failed with ", Message(*end)),
                        static_cast<uint32_t>(end->status.code));
}

void GenericScript::Terminate(const sdk::Resource& resource) {
  {
    // The operation has been told; its program must be gone before another one works on the same thing.
    absl::MutexLock lock(&mutex_);
    auto free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return busy_.count(resource.name) == 0; };
    mutex_.AwaitWithTimeout(absl::Condition(&free), kInterruptTimeout);
  }
  absl::StatusOr<ScriptEnd> end = RunBriefly(resource, "terminate");
  if (!end.ok()) {
    sdk::Log(absl::StrCat(resource.name, ": terminate: ", end.status().message()));
  } else if (!end->succeeded()) {
    sdk::Log(absl::StrCat(resource.name, ": terminate failed with ", Message(*end)));
  }
}

sdk::HealthReport GenericScript::CheckHealth(const sdk::Resource& resource, bool thorough) {
  absl::StatusOr<ScriptEnd> end = RunBriefly(resource, thorough ? "is-alive" : "looks-alive");
  if (!end.ok()) return {Health::kDead, std::string(end.status().message())};
  if (end->succeeded()) return {Health::kAlive, ""};
  return {Health::kDead, Message(*end)};
}

absl::StatusOr<ScriptEnd> GenericScript::RunBriefly(const sdk::Resource& resource, const std::string& step) {
  absl::StatusOr<process::ProcessSpec> spec = Spec(resource.properties, step);
  if (!spec.ok()) return spec.status();
  absl::StatusOr<milliseconds> timeout = resource.properties.Milliseconds("HealthTimeoutMs", kDefaultHealthTimeout);
  if (!timeout.ok()) return timeout.status();
  return RunScript(*spec, StepInput(step, resource), steady_clock::now() + *timeout, resource.name, nullptr);
}

}  // namespace resource_broker::generic_script
