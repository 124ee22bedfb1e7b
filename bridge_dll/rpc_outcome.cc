#include "bridge_dll/rpc_outcome.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {

bool MayRecover(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
    case grpc::StatusCode::CANCELLED:
    case grpc::StatusCode::ABORTED:
    // A connection that breaks in the middle of a call can show as either.
    case grpc::StatusCode::UNKNOWN:
    case grpc::StatusCode::INTERNAL:
      return true;
    default:
      return false;
  }
}

uint32_t Win32CodeOf(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::OUT_OF_RANGE:
      return win32::kInvalidParameter;
    case grpc::StatusCode::NOT_FOUND:
      return win32::kModNotFound;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return win32::kNotEnoughQuota;
    case grpc::StatusCode::PERMISSION_DENIED:
    case grpc::StatusCode::UNAUTHENTICATED:
      return win32::kAccessDenied;
    case grpc::StatusCode::FAILED_PRECONDITION:
      return win32::kRevisionMismatch;
    case grpc::StatusCode::UNIMPLEMENTED:
      return win32::kNotSupported;
    default:
      return win32::kInternalError;
  }
}

std::string Shown(const grpc::Status& status) {
  static constexpr const char* kNames[] = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  const int code = status.error_code();
  const bool known = code >= 0 && code < static_cast<int>(std::size(kNames));
  return absl::StrCat(known ? kNames[code] : "unknown code", ": ", status.error_message());
}

std::chrono::milliseconds RetryDelay(int failures) {
  constexpr std::chrono::milliseconds kFirst{100};
  constexpr std::chrono::milliseconds kLongest{5000};
  thread_local std::minstd_rand random{std::random_device{}()};
  const std::chrono::milliseconds whole = std::min(kFirst * (1 << std::clamp(failures - 1, 0, 10)), kLongest);
  return whole - std::chrono::milliseconds(
                     std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, whole.count() / 4)(random));
}

}  // namespace resource_broker::bridge
