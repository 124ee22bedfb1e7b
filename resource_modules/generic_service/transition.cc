#include "resource_modules/generic_service/transition.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

bool Pending(ServiceState state) {
  return state != ServiceState::kStopped && state != ServiceState::kRunning && state != ServiceState::kPaused;
}

std::string Describe(const ServiceStatus& status) {
  std::string text = ToString(status.state);
  if (Pending(status.state)) {
    absl::StrAppend(&text, ", checkpoint ", status.checkpoint, ", wait hint ", status.wait_hint.count(), " ms");
  }
  return text;
}

}  // namespace

absl::StatusOr<ServiceStatus> Await(Service& service, const Transition& transition, sdk::Operation& operation) {
  CheckpointWatch watch(transition.bounds);
  auto wake = operation.OnCancel([&] { service.Wake(); });
  while (true) {
    absl::StatusOr<ServiceStatus> status = service.Query();
    if (!status.ok()) return status.status();
    steady_clock::time_point now = steady_clock::now();
    if (watch.Note(*status, now)) operation.ReportCheckpoint(status->checkpoint, Describe(*status));
    if (status->state == transition.wanted) return status;
    // A service on its way up that stops has failed. In the other direction the state may lag behind the request.
    if (transition.wanted == ServiceState::kRunning && status->state == ServiceState::kStopped) return status;
    if (operation.cancelled())
      return absl::CancelledError(absl::StrCat("cancelled; the service is ", Describe(*status)));
    if (now >= transition.deadline) {
      return sdk::Win32Error(win32::kTimeout, absl::StrCat("the time is over; the service is ", Describe(*status)));
    }
    if (watch.Stalled(now)) {
      return sdk::Win32Error(
          win32::kServiceRequestTimeout,
          absl::StrCat("the service makes no headway for ", watch.allowance().count(), " ms: ", Describe(*status)));
    }
    service.WaitForChange(
        std::min(watch.Interval(), duration_cast<milliseconds>(transition.deadline - now) + milliseconds(1)));
  }
}

}  // namespace resource_broker::generic_service
