// RHS for tests: one resource of it, with every callback kept.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/resapi.h"
#include "bridge_dll/testing/fake_cluster_registry.h"

namespace resource_broker::bridge::testing {

// The RESOURCE_HANDLE of a resource is a pointer to this. It stays good until the process ends, so that a callback that
// comes too late is seen rather than a crash.
class FakeHost {
 public:
  struct Report {
    resapi::RESOURCE_STATUS_EX status;
    std::chrono::steady_clock::time_point time;
  };
  struct LogEntry {
    resapi::LOG_LEVEL level;
    std::u16string format;
    std::u16string insert;
  };
  struct LockCall {
    bool locked;
    uint32_t reason;
  };
  struct FailureCall {
    uint32_t type;
    uint32_t application_error;
  };

  // A new one; never deleted.
  static FakeHost* New();
  static resapi::CLRES_CALLBACK_FUNCTION_TABLE* Callbacks();

  resapi::RESOURCE_HANDLE handle() { return this; }
  // The resource's key, with an empty `Parameters`.
  FakeKey& key() { return key_; }
  FakeKey& parameters() { return *key_.subkeys[u"Parameters"]; }

  // What SetResourceStatusEx does besides being recorded; its result is the host's answer. Set before the report.
  std::function<resapi::DWORD(const resapi::RESOURCE_STATUS_EX&)> on_report;
  resapi::DWORD lock_answer = 0;

  // Each waits for `count`, at most 10 s, and gives what there is.
  std::vector<Report> reports(size_t count);
  std::vector<LockCall> locks(size_t count);
  std::vector<FailureCall> failures(size_t count);
  std::vector<LogEntry> log();
  // The first report of Online, Offline or Failed, with all before it; waits at most 15 s.
  std::vector<Report> ReportsUntilFinal();
  // Whether an entry whose insert contains `text` has come or comes within 10 s.
  bool Logs(const std::u16string& text);
  int callbacks();

 private:
  FakeHost() { key_.subkeys[u"Parameters"] = std::make_unique<FakeKey>(); }

  static void RESAPI_CALL LogEvent(resapi::RESOURCE_HANDLE handle, resapi::LOG_LEVEL level, const resapi::WCHAR* format,
                                   ...);
  static resapi::DWORD RESAPI_CALL SetResourceStatusEx(resapi::RESOURCE_HANDLE handle,
                                                       resapi::RESOURCE_STATUS_EX* status);
  static resapi::DWORD RESAPI_CALL SetResourceLockedMode(resapi::RESOURCE_HANDLE handle, resapi::BOOL locked,
                                                         resapi::DWORD reason);
  static resapi::DWORD RESAPI_CALL SignalFailure(resapi::RESOURCE_HANDLE handle, resapi::FAILURE_TYPE type,
                                                 resapi::DWORD application_error);

  FakeKey key_;
  absl::Mutex mutex_;
  std::vector<Report> reports_ ABSL_GUARDED_BY(mutex_);
  std::vector<LogEntry> log_ ABSL_GUARDED_BY(mutex_);
  std::vector<LockCall> locks_ ABSL_GUARDED_BY(mutex_);
  std::vector<FailureCall> failures_ ABSL_GUARDED_BY(mutex_);
};

bool IsFinal(const resapi::RESOURCE_STATUS_EX& status);

}  // namespace resource_broker::bridge::testing
