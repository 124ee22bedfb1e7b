#include "resource_modules/sdk/result.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "resource_modules/sdk/text.h"

namespace resource_broker::sdk {
namespace {

constexpr char kWin32Payload[] = "resource_broker/win32_code";

}  // namespace

absl::Status Win32Error(uint32_t win32_code, absl::string_view message) {
  absl::Status error = absl::InternalError(message);
  error.SetPayload(kWin32Payload, absl::Cord(absl::StrCat(win32_code == 0 ? win32::kInternalError : win32_code)));
  return error;
}

uint32_t Win32CodeOf(const absl::Status& status) {
  if (absl::optional<absl::Cord> payload = status.GetPayload(kWin32Payload)) {
    uint32_t code = 0;
    if (absl::SimpleAtoi(std::string(*payload), &code)) return code;
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return win32::kSuccess;
    case absl::StatusCode::kInvalidArgument:
      return win32::kInvalidParameter;
    case absl::StatusCode::kNotFound:
      return win32::kFileNotFound;
    case absl::StatusCode::kPermissionDenied:
      return win32::kAccessDenied;
    case absl::StatusCode::kCancelled:
      return win32::kCancelled;
    case absl::StatusCode::kDeadlineExceeded:
      return win32::kTimeout;
    case absl::StatusCode::kUnimplemented:
      return win32::kNotSupported;
    default:
      return win32::kInternalError;
  }
}

Result::Result(v1::Outcome outcome, uint32_t win32_code, std::string message) {
  result_.set_outcome(outcome);
  result_.set_win32_code(win32_code);
  result_.set_message(MessageText(message));
}

Result Result::Done() { return Result(v1::DONE, win32::kSuccess, ""); }

Result Result::Failed(uint32_t win32_code, std::string message, uint32_t module_code) {
  Result result(v1::OUTCOME_FAILED, win32_code == 0 ? win32::kInternalError : win32_code, std::move(message));
  result.result_.set_module_code(module_code);
  return result;
}

Result Result::Failed(const absl::Status& error) {
  if (absl::IsCancelled(error)) return Cancelled(std::string(error.message()));
  return Failed(Win32CodeOf(error), std::string(error.message()));
}

Result Result::NotNow(NotNowReason reason, std::string message, std::chrono::milliseconds retry_after) {
  Result result(v1::NOT_NOW, win32::kClusterResourceLockedStatus, std::move(message));
  result.result_.set_status_flags(static_cast<uint32_t>(reason));
  result.result_.set_retry_after_ms(
      static_cast<uint32_t>(std::clamp<int64_t>(retry_after.count(), 0, std::numeric_limits<uint32_t>::max())));
  return result;
}

Result Result::Cancelled(std::string message) {
  return Result(v1::OUTCOME_CANCELLED, win32::kCancelled, std::move(message));
}

}  // namespace resource_broker::sdk
