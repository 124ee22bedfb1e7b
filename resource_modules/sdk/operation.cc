#include "resource_modules/sdk/operation.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/sdk/execution.h"
#include "resource_modules/sdk/in_buffer.h"

namespace resource_broker::sdk {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Operation::Operation(std::shared_ptr<Execution> execution, const Resource& resource)
    : execution_(std::move(execution)),
      resource_(resource),
      flags_(execution_->request().operation().kind(), execution_->request().operation().flags()),
      options_("InBuffer's") {}

Operation::~Operation() = default;

std::optional<std::string> Operation::destination_node() const {
  const v1::OperationRequest& request = execution_->request().operation();
  return request.has_destination_node() ? std::optional(request.destination_node()) : std::nullopt;
}

std::optional<std::string> Operation::in_buffer() const {
  const v1::OperationRequest& request = execution_->request().operation();
  return request.has_in_buffer() ? std::optional(request.in_buffer()) : std::nullopt;
}

uint32_t Operation::reserved() const { return execution_->request().operation().reserved(); }

const std::string& Operation::id() const { return execution_->id(); }

uint32_t Operation::attempt() const { return execution_->request().attempt(); }

bool Operation::restore() const { return execution_->request().restore(); }

const Properties& Operation::options() {
  std::call_once(parsed_, [this] {
    absl::StatusOr<Properties> options = ParseInBuffer(execution_->request().operation().in_buffer());
    if (options.ok()) {
      options_ = *std::move(options);
    } else {
      Report(absl::StrCat("InBuffer ignored: ", options.status().message()));
    }
  });
  return options_;
}

bool Operation::hard() {
  if (flags_.due_to_embedded_failure()) return true;
  absl::StatusOr<std::string> mode = options().Text("Mode", "graceful");
  if (mode.ok() && absl::EqualsIgnoreCase(*mode, "hard")) return true;
  if (!mode.ok() || !absl::EqualsIgnoreCase(*mode, "graceful")) {
    Report("InBuffer's Mode ignored: it is neither \"graceful\" nor \"hard\"");
  }
  return false;
}

absl::StatusOr<steady_clock::time_point> Operation::Deadline(absl::string_view property, milliseconds fallback) {
  absl::StatusOr<milliseconds> timeout = properties().Milliseconds(property, fallback);
  if (!timeout.ok()) return timeout.status();
  absl::StatusOr<milliseconds> override = options().Milliseconds("TimeoutMs", *timeout);
  if (!override.ok()) Report(absl::StrCat("InBuffer's TimeoutMs ignored: ", override.status().message()));
  return execution_->begun() + (override.ok() ? *override : *timeout);
}

void Operation::Report(absl::string_view message) { execution_->Report(0, std::nullopt, message); }

void Operation::Report(uint32_t percent, absl::string_view message) { execution_->Report(0, percent, message); }

void Operation::ReportCheckpoint(uint32_t checkpoint, absl::string_view message) {
  execution_->Report(checkpoint, std::nullopt, message);
}

bool Operation::cancelled() const { return execution_->cancelled(); }

bool Operation::terminated() const { return execution_->terminated(); }

bool Operation::WaitForCancel(milliseconds timeout) const { return execution_->WaitForCancel(timeout); }

// Outlives the watch while a call is under way.
struct Operation::CancelWatch::Call {
  explicit Call(std::function<void()> function) : function(std::move(function)) {}

  void Make() {
    absl::MutexLock lock(&mutex);
    // Once only, though Cancel and Terminate may both come.
    if (std::function<void()> once = std::exchange(function, nullptr)) once();
  }

  absl::Mutex mutex;
  std::function<void()> function ABSL_GUARDED_BY(mutex);
};

Operation::CancelWatch::CancelWatch(std::shared_ptr<Execution> execution, std::function<void()> function)
    : execution_(std::move(execution)),
      call_(std::make_shared<Call>(std::move(function))),
      id_(execution_->on_cancel().Add([call = call_] { call->Make(); })) {
  if (execution_->cancelled()) call_->Make();
}

Operation::CancelWatch::~CancelWatch() {
  execution_->on_cancel().Remove(id_);
  absl::MutexLock lock(&call_->mutex);
  call_->function = nullptr;
}

std::unique_ptr<Operation::CancelWatch> Operation::OnCancel(std::function<void()> function) {
  return std::unique_ptr<CancelWatch>(new CancelWatch(execution_, std::move(function)));
}

}  // namespace resource_broker::sdk
