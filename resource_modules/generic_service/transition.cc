#include "resource_modules/generic_service/transition.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

// The service manager can call back (NotifyServiceStatusChange), but only about states, not about checkpoints; so it is
// asked, as its documentation has it, every tenth of the service's wait hint, within these.
constexpr milliseconds kMinPoll{20};
constexpr milliseconds kMaxPoll{1000};
// Services are careless with hints: a smaller one (often 0) counts as this, a larger one as that.
constexpr milliseconds kMinPatience{30000};
constexpr milliseconds kMaxPatience{300000};
constexpr uint32_t kServiceSpecificError = 1066;

absl::Status Stopped(const std::string& name, const ServiceStatus& status) {
  if (status.exit_code == kServiceSpecificError) {
    return sdk::Win32Error(kServiceSpecificError, absl::StrCat("service \"", name, "\" stopped with its own error ",
                                                               status.service_exit_code));
  }
  const uint32_t code = status.exit_code != 0 ? status.exit_code : win32::kProcessAborted;
  return sdk::Win32Error(code, absl::StrCat("service \"", name, "\" stopped with error ", status.exit_code));
}

}  // namespace

absl::StatusOr<ServiceStatus> Follow(sdk::Operation& operation, const Service& service, const std::string& name,
                                     ServiceState wanted, Clock::time_point deadline) {
  ServiceStatus last;
  bool first = true;
  bool left_stopped = false;
  Clock::time_point patience_ends;
  milliseconds poll = kMinPoll;
  while (true) {
    absl::StatusOr<ServiceStatus> now = service.Query();
    if (!now.ok()) return now.status();
    if (now->state == wanted) return now;
    left_stopped = left_stopped || now->state == ServiceState::kStartPending;
    if (wanted == ServiceState::kRunning && now->state == ServiceState::kStopped && left_stopped) {
      return Stopped(name, *now);
    }
    if (first || now->state != last.state || now->checkpoint != last.checkpoint) {
      operation.ReportCheckpoint(now->checkpoint, absl::StrCat("service \"", name, "\": ", StateText(now->state),
                                                               ", checkpoint ", now->checkpoint));
      patience_ends = Clock::now() + std::clamp(now->wait_hint, kMinPatience, kMaxPatience);
      poll = kMinPoll;
      first = false;
    }
    last = *now;
    const Clock::time_point time = Clock::now();
    if (time >= deadline) {
      return sdk::Win32Error(
          win32::kTimeout, absl::StrCat("service \"", name, "\" is still ", StateText(last.state), " at the deadline"));
    }
    if (time >= patience_ends) {
      // One that never left stopped was started and ended at once.
      if (wanted == ServiceState::kRunning && last.state == ServiceState::kStopped) return Stopped(name, last);
      return sdk::Win32Error(win32::kServiceRequestTimeout,
                             absl::StrCat("service \"", name, "\" made no progress from ", StateText(last.state),
                                          ", checkpoint ", last.checkpoint));
    }
    if (operation.WaitForCancel(poll)) {
      return absl::CancelledError(absl::StrCat("service \"", name, "\" is ", StateText(last.state)));
    }
    // Quick services are noticed quickly, slow ones are not asked more often than they change.
    poll = std::min(poll * 2, std::clamp(last.wait_hint / 10, kMinPoll, kMaxPoll));
  }
}

}  // namespace resource_broker::generic_service
