#include "absl/memory/memory.h"
#include "clients/rhs_host/checks/given_handle.h"
#include "clients/rhs_host/checks/waitable.h"

namespace resource_broker::rhs_host {

std::unique_ptr<GivenHandle> GivenHandle::Make() {
  HANDLE kept = CreateEventW(nullptr, TRUE, FALSE, nullptr);
  if (kept == nullptr) return nullptr;
  HANDLE given = nullptr;
  if (!DuplicateHandle(GetCurrentProcess(), kept, GetCurrentProcess(), &given, 0, FALSE, DUPLICATE_SAME_ACCESS)) {
    CloseHandle(kept);
    return nullptr;
  }
  return absl::WrapUnique(new GivenHandle(kept, given));
}

GivenHandle::~GivenHandle() {
  if (IsOpen()) CloseHandle(given_);
  CloseHandle(kept_);
}

// The same event, if it follows the one that was kept.
bool GivenHandle::IsOpen() const {
  SetEvent(kept_);
  const bool set = StateOf(given_) == WaitableState::kSignalled;
  ResetEvent(kept_);
  return set && StateOf(given_) == WaitableState::kNotSignalled;
}

}  // namespace resource_broker::rhs_host
