// How an operation ended, as a module says it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "resource_broker/v1/module.pb.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::sdk {

// An error that carries a Win32 code: "StartService: access denied (error 5)". `win32_code` is not 0.
absl::Status Win32Error(uint32_t win32_code, absl::string_view message);

// The code of such an error; of any other, the nearest: InvalidArgument 87, NotFound 2, PermissionDenied 5, Cancelled
// 1223, DeadlineExceeded 1460, Unimplemented 50, the rest 1359 (internal error). 0 for OK.
uint32_t Win32CodeOf(const absl::Status& status);

// Why a resource cannot do it now; what RHS gets as RESOURCE_STATUS_EX.Flags.
enum class NotNowReason : uint32_t {
  kLocked = 0,
  kBusy = 0x1,
  kSourceThrottled = 0x2,
  kDestinationThrottled = 0x4,
  kDestinationRejected = 0x8,
};

class Result {
 public:
  // The resource is what was asked for.
  static Result Done();

  // It is not. `win32_code` 0 counts as 1359; `module_code` is the module's own, 0 for none.
  static Result Failed(uint32_t win32_code, std::string message, uint32_t module_code = 0);

  // The same from an error, with Win32CodeOf. The Cancelled error is Cancelled().
  static Result Failed(const absl::Status& error);

  // It could not be done now, nothing was done, and the broker may ask again, after `retry_after` if that is above 0.
  // Where the operation's flags do not allow it (flags().must_not_wait()) it counts as failed with 5023.
  static Result NotNow(NotNowReason reason, std::string message, std::chrono::milliseconds retry_after = {});

  // The operation was cancelled, and the resource is still what it was.
  static Result Cancelled(std::string message = {});

  bool done() const { return result_.outcome() == v1::DONE; }

  // As the contract has it.
  const v1::ExecuteEvent::Result& proto() const { return result_; }

 private:
  friend class Execution;
  Result(v1::Outcome outcome, uint32_t win32_code, std::string message);

  v1::ExecuteEvent::Result result_;
};

}  // namespace resource_broker::sdk
