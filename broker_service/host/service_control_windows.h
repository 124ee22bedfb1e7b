// The service manager's word for the broker's service.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace resource_broker::broker {

class ServiceHandle {
 public:
  explicit ServiceHandle(SC_HANDLE handle) : handle_(handle) {}
  ServiceHandle(ServiceHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  ServiceHandle& operator=(ServiceHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~ServiceHandle() {
    if (handle_ != nullptr) CloseServiceHandle(handle_);
  }
  SC_HANDLE get() const { return handle_; }
  bool valid() const { return handle_ != nullptr; }

 private:
  SC_HANDLE handle_;
};

absl::StatusOr<ServiceHandle> OpenManager(DWORD access);

// NotFound where it is not installed.
absl::StatusOr<ServiceHandle> OpenInstalled(DWORD access);

absl::StatusOr<SERVICE_STATUS_PROCESS> Query(const ServiceHandle& service);

// "RUNNING".
const char* ServiceStateName(DWORD state);

// Waits until the service is in `wanted`. A start that ends in STOPPED is an error that names its exit code.
absl::Status WaitFor(const ServiceHandle& service, DWORD wanted, absl::Duration limit);

// Nothing happens where it is so already.
absl::Status StartAndWait(const ServiceHandle& service, absl::Duration limit);
absl::Status StopAndWait(const ServiceHandle& service, absl::Duration limit);

}  // namespace resource_broker::broker
