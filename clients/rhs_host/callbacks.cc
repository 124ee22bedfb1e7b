#include "clients/rhs_host/callbacks.h"

#include <array>
#include <cstdarg>
#include <cstddef>

#include "absl/base/const_init.h"
#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/rhs_host/format_message.h"
#include "clients/rhs_host/text.h"
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

// An entry holds 500 characters; what a DLL passes for a format may be anything.
constexpr size_t kMaxFormat = 4096;

void RESAPI_CALL LogEvent(RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const WCHAR* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  const std::string text = RenderLogMessage(format, arguments);
  va_end(arguments);
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver != nullptr) g_receiver->LogEvent(handle, level, Readable(format, kMaxFormat), text);
}

DWORD RESAPI_CALL SetResourceStatusEx(RESOURCE_HANDLE handle, resapi::RESOURCE_STATUS_EX* status) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver == nullptr) return resapi::ResourceExitStateTerminate;
  return g_receiver->SetResourceStatusEx(handle, status);
}

DWORD RESAPI_CALL SetResourceStatus(RESOURCE_HANDLE handle, resapi::RESOURCE_STATUS* status) {
  if (status == nullptr) return SetResourceStatusEx(handle, nullptr);
  resapi::RESOURCE_STATUS_EX report = {};
  report.ResourceState = status->ResourceState;
  report.CheckPoint = status->CheckPoint;
  report.EventHandle = status->EventHandle;
  report.WaitHint = status->WaitHint;
  return SetResourceStatusEx(handle, &report);
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

DWORD RESAPI_CALL SetResourceLockedModeEx(RESOURCE_HANDLE handle, BOOL locked, DWORD reason, DWORD flags) {
  absl::ReaderMutexLock lock(&g_mutex);
  if (g_receiver == nullptr) return win32::kInvalidHandle;
  return g_receiver->SetResourceLockedModeEx(handle, locked != 0, reason, flags);
}

// Stands in for any signature: on x64 the caller cleans up whatever it passed.
template <int kMember>
DWORD RESAPI_CALL Unsupported() {
  absl::ReaderMutexLock lock(&g_mutex);
  return g_receiver == nullptr ? win32::kCallNotImplemented : g_receiver->UnsupportedCallback(kMember);
}

// Today's Windows has 17 members and the host claims to be today's, so that a DLL may go as far; see resapi.md 3.3.
using AnyCallback = DWORD(RESAPI_CALL*)();
struct FullTable {
  resapi::CLRES_CALLBACK_FUNCTION_TABLE known;
  std::array<AnyCallback, 8> from_5_to_12;
  DWORD(RESAPI_CALL* set_resource_locked_mode_ex)(RESOURCE_HANDLE, BOOL, DWORD, DWORD);
  std::array<AnyCallback, 3> from_14_to_16;
};
static_assert(sizeof(FullTable) == 136 && offsetof(FullTable, set_resource_locked_mode_ex) == 104);

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
    return FullTable{{&LogEvent, &SetResourceStatusEx, &SetResourceLockedMode, &SignalFailure, &SetProperties},
                     {&Unsupported<5>, &Unsupported<6>, &Unsupported<7>, &Unsupported<8>, &Unsupported<9>,
                      &Unsupported<10>, &Unsupported<11>, &Unsupported<12>},
                     &SetResourceLockedModeEx,
                     {&Unsupported<14>, &Unsupported<15>, &Unsupported<16>}};
  }();
  return &table.known;
}

resapi::PSET_RESOURCE_STATUS_ROUTINE StatusRoutineOfVersion1() { return &SetResourceStatus; }

resapi::PLOG_EVENT_ROUTINE LogRoutineOfVersion1() { return &LogEvent; }

}  // namespace resource_broker::rhs_host
