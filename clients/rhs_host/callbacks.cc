#include "clients/rhs_host/callbacks.h"

#include <array>
#include <cstdarg>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/rhs_host/format_message.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::BOOL;
using resapi::BYTE;
using resapi::DWORD;
using resapi::RESOURCE_HANDLE;
using resapi::WCHAR;

// Held shared by callbacks, so that several run at once, and exclusively to exchange the receiver.
absl::Mutex g_mutex(absl::kConstInit);
CallbackReceiver* g_receiver ABSL_GUARDED_BY(g_mutex) = nullptr;

void RESAPI_CALL LogEvent(RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const WCHAR* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const std::string text = RenderLogMessage(format, arguments);
  va_end(arguments);
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver != nullptr) g_receiver->LogEvent(handle, level, text);
}

DWORD RESAPI_CALL SetResourceStatusEx(RESOURCE_HANDLE handle, resapi::RESOURCE_STATUS_EX* status) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver == nullptr) return resapi::ResourceExitStateTerminate;
  return g_receiver->SetResourceStatusEx(handle, status);
}

DWORD RESAPI_CALL SetResourceLockedMode(RESOURCE_HANDLE handle, BOOL locked, DWORD reason) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver == nullptr) return win32::kInvalidHandle;
  return g_receiver->SetResourceLockedMode(handle, locked != 0, reason);
}

DWORD RESAPI_CALL SignalFailure(RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type, DWORD application_code) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver == nullptr) return win32::kInvalidHandle;
  return g_receiver->SignalFailure(handle, type, application_code);
}

DWORD RESAPI_CALL SetProperties(RESOURCE_HANDLE handle, BYTE* properties, DWORD size) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver == nullptr) return win32::kInvalidHandle;
  return g_receiver->SetResourceInMemoryNodeLocalProperties(handle, properties, size);
}

// Stands in for any signature: on x64 the caller cleans up whatever it passed.
DWORD RESAPI_CALL Unsupported() {
  absl::ReaderMutexLock lock(&g_mutex);
  return g_receiver == nullptr ? win32::kCallNotImplemented : g_receiver->UnsupportedCallback();
}

// Today's Windows has 17 members and the host claims to be today's, so that a DLL may go as far; see resapi.md 3.3.
constexpr size_t kLaterMembers = 12;
struct FullTable {
  resapi::CLRES_CALLBACK_FUNCTION_TABLE known;
  std::array<DWORD(RESAPI_CALL*)(), kLaterMembers> later;
};
static_assert(sizeof(FullTable) == 136);

}  // namespace

CallbackScope::CallbackScope(CallbackReceiver* receiver) {
  absl::MutexLock lock(&g_mutex);
  g_receiver = receiver;
}

CallbackScope::~CallbackScope() {
  absl::MutexLock lock(&g_mutex);
  g_receiver = nullptr;
}

resapi::CLRES_CALLBACK_FUNCTION_TABLE* CallbackTable() {
  static FullTable table = [] {
    FullTable full{{&LogEvent, &SetResourceStatusEx, &SetResourceLockedMode, &SignalFailure, &SetProperties}, {}};
    full.later.fill(&Unsupported);
    return full;
  }();
  return &table.known;
}

}  // namespace resource_broker::rhs_host
