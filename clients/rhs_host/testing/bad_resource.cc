// A resource DLL with one fault, for the checks: FAULT_NAME says which. Without it, it would pass them all.
//
// Built once, and linked into one module per fault with its name.
#include "clients/rhs_host/testing/bad_resource.h"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "bridge_dll/resapi.h"
#include "clients/rhs_host/testing/test_resource.h"

namespace {

using namespace resapi;  // NOLINT: the names of the contract

constexpr std::chrono::milliseconds kStep(4);
constexpr int kSteps = 3;

const CLRES_CALLBACK_FUNCTION_TABLE* g_callbacks = nullptr;
// Held over callbacks by the one that does that.
std::mutex g_global;
std::atomic<int> g_workers{0};

[[noreturn]] void SleepForEver() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

template <typename Function>
Function Cluster(const char* name) {
  return reinterpret_cast<Function>(test_resource::FindClusterFunction(name));
}

// What happens at load, and at unload.
struct Loaded {
  Loaded() {
    if (Fault("leaves_handle_at_unload")) test_resource::OpenHandle();
  }
  ~Loaded() {
    if (Fault("crashes_at_unload")) std::abort();
  }
} g_loaded;

class Resource {
 public:
  Resource(std::u16string name, HKEY key, RESOURCE_HANDLE handle)
      : name_(std::move(name)), key_(key), handle_(handle), step_at_open_(ReadStep()) {}

  DWORD Begin(CLUSTER_RESOURCE_STATE pending, CLUSTER_RESOURCE_STATE done) {
    Stop();
    Join();
    if (Fault("one_at_a_time") && g_workers > 0) return test_resource::kInvalidState;
    const std::chrono::milliseconds step = Fault("reads_once") ? step_at_open_ : ReadStep();
    if (Fault("reports_and_returns_0")) {
      Report(done, 1);
      state_ = done;
      return test_resource::kSuccess;
    }
    if (Fault("leaks_thread")) std::thread(SleepForEver).detach();
    stopping_ = false;
    terminated_ = 0;
    state_ = pending;
    ++g_workers;
    std::lock_guard<std::mutex> lock(joining_);
    worker_ = std::thread([=] { Work(pending, done, step); });
    return test_resource::kIoPending;
  }

  void Terminate() {
    ++terminated_;
    if (Fault("terminate_twice_crashes") && terminated_ == 2) std::abort();
    if (state_ == ClusterResourceOnline) ruined_ = true;
    Stop();
    if (Fault("terminate_joins")) Join();
    state_ = ClusterResourceOffline;
    SetLocked(false);
  }

  void Close() {
    if (Fault("reports_after_close") && terminated_ > 0) {
      std::thread([this] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        Report(ClusterResourceOnline, 99);
      }).detach();
    }
    Stop();
    Join();
    SetLocked(false);
  }

  DWORD Cancel() {
    if (Fault("cancel_loses_final") && state_ == ClusterResourceOnlinePending) Stop();
    return test_resource::kSuccess;
  }

  void Log(const WCHAR* format) { g_callbacks->LogEvent(handle_, LOG_INFORMATION, format, 7); }
  void Log() {
    if (Fault("user_text_as_format")) return Log(reinterpret_cast<const WCHAR*>(name_.c_str()));
    if (Fault("printf_format")) return Log(RESAPI_TEXT("%d done"));
    Log(RESAPI_TEXT("%1!u! done"));
  }

  DWORD Report(CLUSTER_RESOURCE_STATE state, DWORD checkpoint) {
    // Longer than either, so that what lies behind the shorter one is known.
    struct {
      RESOURCE_STATUS_EX status;
      std::array<DWORD, 4> behind;
    } report = {};
    report.status.ResourceState = state;
    report.status.CheckPoint = checkpoint;
    if (Fault("version1_layout")) {
      RESOURCE_STATUS old = {};
      old.ResourceState = state;
      old.CheckPoint = checkpoint;
      old.WaitHint = 30000;
      std::memset(static_cast<void*>(&report), 0xCC, sizeof(report));
      std::memcpy(static_cast<void*>(&report), &old, sizeof(old));
    }
    std::unique_lock<std::mutex> global(g_global, std::defer_lock);
    if (Fault("locks_over_callback")) global.lock();
    return g_callbacks->SetResourceStatusEx(handle_, &report.status);
  }

  void SetLocked(bool locked) {
    if (locked_.exchange(locked) == locked) return;
    if (Fault("keeps_lock") && !locked) return;
    g_callbacks->SetResourceLockedMode(handle_, locked ? 1 : 0, 0);
  }

  void Refuse() {
    Stop();
    Join();
    worker_ = std::thread([this] {
      std::this_thread::sleep_for(kStep);
      Report(ClusterResourceOnline, 1);
    });
  }

  // Again and again, as on a busy machine the call may take longer than the first time.
  void ReadLater(const BYTE* in) {
    std::thread([in] {
      for (int i = 0; i < 500; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        static_cast<void>(*static_cast<const volatile BYTE*>(in));
      }
    }).detach();
  }

  void SignalWith(RESOURCE_HANDLE handle) { g_callbacks->SignalFailure(handle, FAILURE_TYPE_GENERAL, 0); }

  bool Is(CLUSTER_RESOURCE_STATE state) const { return state_ == state; }
  bool locked() const { return locked_; }
  bool ruined() const { return ruined_; }
  HKEY key() const { return key_; }
  RESOURCE_HANDLE handle() const { return handle_; }

 private:
  std::chrono::milliseconds ReadStep() const {
    return std::chrono::milliseconds(test_resource::ReadDword(key_, RESAPI_TEXT("StepMs"), kStep.count()));
  }

  void Stop() {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }

  // Terminate may be here as well, with that fault.
  void Join() {
    std::lock_guard<std::mutex> lock(joining_);
    if (worker_.joinable()) worker_.join();
  }

  // Whether the worker goes on.
  bool Step(CLUSTER_RESOURCE_STATE pending, DWORD checkpoint, std::chrono::milliseconds step) {
    {
      std::unique_lock<std::mutex> lock(mutex_);
      if (wake_.wait_for(lock, step, [this] { return stopping_.load(); })) return false;
    }
    return Report(pending, Fault("same_checkpoint") ? 1 : checkpoint) == ResourceExitStateContinue || Fault("deaf");
  }

  void Work(CLUSTER_RESOURCE_STATE pending, CLUSTER_RESOURCE_STATE done, std::chrono::milliseconds step) {
    DWORD checkpoint = 1;
    while (checkpoint <= kSteps && Step(pending, checkpoint, step)) ++checkpoint;
    --g_workers;
    if (checkpoint <= kSteps) return;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return;
      state_ = done;
    }
    Log();
    const bool locks = Fault("keeps_lock") || Fault("locked_offline_never_ends");
    SetLocked(locks && done == ClusterResourceOnline);
    Report(done, checkpoint);
    if (Fault("reports_twice")) Report(done, checkpoint + 1);
  }

  const std::u16string name_;
  const HKEY key_;
  const RESOURCE_HANDLE handle_;
  const std::chrono::milliseconds step_at_open_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stopping_{false};
  std::atomic<CLUSTER_RESOURCE_STATE> state_{ClusterResourceOffline};
  std::atomic<bool> locked_{false};
  std::atomic<bool> ruined_{false};
  std::atomic<int> terminated_{0};
  std::mutex joining_;
  std::thread worker_;
};

// Never closed in truth, so that what comes late finds its resource; by RESID.
std::mutex g_mutex;
std::map<RESID, std::shared_ptr<Resource>>& Resources() {
  static auto* const resources = new std::map<RESID, std::shared_ptr<Resource>>;
  return *resources;
}

std::shared_ptr<Resource> Find(RESID id) {
  std::lock_guard<std::mutex> lock(g_mutex);
  const auto found = Resources().find(id);
  return found == Resources().end() ? nullptr : found->second;
}

RESID RESAPI_CALL OpenV2(const WCHAR* name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) {
  std::u16string text;
  while (*name != 0) text.push_back(static_cast<char16_t>(*name++));
  auto resource = std::make_shared<Resource>(text, key, handle);
  if (Fault("closes_key") && flags != 0) Cluster<PCLUSTER_REG_CLOSE_KEY>("ClusterRegCloseKey")(key);
  if (Fault("leaks_memory")) std::memset(std::malloc(16384), 1, 16384);  // NOLINT: that is the fault
  if (Fault("reports_when_idle")) resource->Report(ClusterResourceOffline, 1);
  static std::atomic<uintptr_t> last{0};
  const uintptr_t number = Fault("same_resid") && flags == 2 ? last.load() : ++last;
  std::lock_guard<std::mutex> lock(g_mutex);
  Resources()[reinterpret_cast<RESID>(number)] = std::move(resource);
  return reinterpret_cast<RESID>(number);
}

void RESAPI_CALL Close(RESID id) {
  const std::shared_ptr<Resource> resource = Find(id);
  if (resource == nullptr) return;
  resource->Close();
  // The next one may get its number.
  if (Fault("closes_handle") && test_resource::CloseHandle(resource->handle())) test_resource::OpenHandle();
  // What reports later still needs it.
  if (Fault("reports_after_close")) return;
  std::lock_guard<std::mutex> lock(g_mutex);
  Resources().erase(id);
}

DWORD RESAPI_CALL OnlineV2(RESID id, HANDLE* event, DWORD flags, BYTE* in, DWORD in_size, DWORD) {
  const std::shared_ptr<Resource> resource = Find(id);
  if (Fault("refuses_recovery") && (flags & CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE) != 0) {
    return test_resource::kNotSupported;
  }
  if (Fault("terminate_ruins") && resource->ruined()) return test_resource::kInvalidState;
  if (Fault("bad_event_handle")) *event = reinterpret_cast<HANDLE>(uintptr_t{0x7774});
  if (Fault("keeps_in_buffer") && in_size > 4 && in[0] == 2) resource->ReadLater(in);
  if (Fault("uses_later_callback")) {
    constexpr int kSetResourceLockedModeEx = 13;
    const auto* members =
        reinterpret_cast<DWORD(RESAPI_CALL* const*)(RESOURCE_HANDLE, BOOL, DWORD, DWORD)>(g_callbacks);
    members[kSetResourceLockedModeEx](resource->handle(), 0, 0, 0);
  }
  return resource->Begin(ClusterResourceOnlinePending, ClusterResourceOnline);
}

DWORD RESAPI_CALL OfflineV2(RESID id, const WCHAR*, DWORD flags, BYTE* in, DWORD in_size, DWORD) {
  const std::shared_ptr<Resource> resource = Find(id);
  constexpr DWORD kKnownFlags = 0x7F;
  if (Fault("rejects_unknown_flags") && (flags & ~kKnownFlags) != 0) return test_resource::kInvalidParameter;
  if (Fault("offline_twice_never_ends") && resource->Is(ClusterResourceOffline)) return test_resource::kIoPending;
  if (Fault("locked_offline_never_ends") && resource->locked() && (flags & 1) == 0) return test_resource::kIoPending;
  if (Fault("foreign_handle")) resource->SignalWith(id);
  if (Fault("parses_past_end") && in_size >= 4) {
    // As many properties as the list says it has.
    static volatile BYTE sum;
    for (size_t i = 0; i < size_t{in[0]} * 64; ++i) sum = static_cast<BYTE>(sum + in[i]);
  }
  constexpr DWORD kForced = 0x09;
  if (Fault("refuses_forced") && flags == kForced) {
    resource->Refuse();
    return test_resource::kIoPending;
  }
  return resource->Begin(ClusterResourceOfflinePending, ClusterResourceOffline);
}

void RESAPI_CALL Terminate(RESID id) { Find(id)->Terminate(); }

BOOL RESAPI_CALL LooksAlive(RESID id) {
  std::unique_lock<std::mutex> global(g_global, std::defer_lock);
  if (Fault("locks_over_callback")) global.lock();
  if (Fault("calls_forbidden")) Cluster<DWORD (*)(HANDLE)>("ClusterResourceControl")(nullptr);
  return Find(id)->Is(ClusterResourceOnline) ? 1 : 0;
}

BOOL RESAPI_CALL IsAlive(RESID id) {
  if (!Find(id)->Is(ClusterResourceOnline)) return 0;
  return Fault("alive_is_two") ? 2 : 1;
}

DWORD RESAPI_CALL ResourceControl(RESID id, DWORD code, void*, DWORD in_size, void* out, DWORD out_size,
                                  DWORD* bytes_returned) {
  constexpr DWORD kFirstUnknown = 0x3000 << 2;
  constexpr DWORD kFunction = 0xFFFFC;
  if (Fault("answers_unknown_codes") && (code & kFunction) >= kFirstUnknown) return test_resource::kSuccess;
  if (Fault("upgrades_dll") && code == CLUSCTL_RESOURCE_UPGRADE_DLL) return test_resource::kSuccess;
  if (code == CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES) {
    if (Fault("ends_the_process") && in_size == 3) std::_Exit(7);
    if (Fault("validate_stores")) {
      Cluster<DWORD(RESAPI_CALL*)(HKEY, const WCHAR*, DWORD, const BYTE*, DWORD)>("ClusterRegSetValue")(
          Find(id)->key(), RESAPI_TEXT("Validated"), REG_TYPE_BINARY, nullptr, 0);
    }
  }
  if (code == CLUSCTL_RESOURCE_UNKNOWN) {
    if (Fault("hangs")) SleepForEver();
    return test_resource::kSuccess;
  }
  if (code != CLUSCTL_RESOURCE_GET_CHARACTERISTICS) return test_resource::kInvalidFunction;
  constexpr DWORD kRequiresStateChangeReason = 0x10;
  const DWORD characteristics = Fault("promises_reasons") ? kRequiresStateChangeReason : 0;
  *bytes_returned = sizeof(characteristics);
  const bool fits = out_size >= sizeof(characteristics);
  if (out != nullptr && (fits || Fault("writes_past_out"))) std::memcpy(out, &characteristics, sizeof(characteristics));
  return fits ? test_resource::kSuccess : test_resource::kMoreData;
}

DWORD RESAPI_CALL ResourceTypeControl(const WCHAR*, DWORD code, void*, DWORD, void*, DWORD, DWORD*) {
  return code == CLUSCTL_RESOURCE_TYPE_UNKNOWN ? test_resource::kSuccess : test_resource::kInvalidFunction;
}

DWORD RESAPI_CALL Cancel(RESID id, DWORD) {
  if (Fault("throws")) throw std::runtime_error("on purpose");
  return Find(id)->Cancel();
}

DWORD RESAPI_CALL Arbitrate(RESID, PQUORUM_RESOURCE_LOST) { return test_resource::kSuccess; }

CLRES_FUNCTION_TABLE MakeTable() {
  CLRES_FUNCTION_TABLE table =
      test_resource::TableV2({&OpenV2, &Close, &OnlineV2, &OfflineV2, &Terminate, &LooksAlive, &IsAlive, nullptr,
                              nullptr, &ResourceControl, &ResourceTypeControl, &Cancel});
  if (Fault("arbitrates")) table.V2Functions.Arbitrate = &Arbitrate;
  if (Fault("wrong_table_size")) table.TableSize = sizeof(table);
  return table;
}

}  // namespace

TEST_RESOURCE_EXPORT DWORD RESAPI_CALL StartupEx(const WCHAR* type, DWORD min_version, DWORD max_version,
                                                 CLRES_CALLBACK_FUNCTION_TABLE* callbacks,
                                                 CLRES_FUNCTION_TABLE** functions) {
  const bool mine = min_version <= CLRES_VERSION_V2_00 && max_version >= CLRES_VERSION_V2_00;
  if (!mine && !Fault("accepts_every_version")) return test_resource::kRevisionMismatch;
  if (!test_resource::Equal(type, RESAPI_TEXT("Bad"))) return test_resource::kClusterResnameNotFound;
  if (Fault("opens_cluster_early")) Cluster<HANDLE(RESAPI_CALL*)(const WCHAR*)>("OpenCluster")(nullptr);
  static std::atomic<int> starts{0};
  if (Fault("copies_callback_table") && ++starts > 1) {
    for (size_t i = 0; i < 136; ++i) static_cast<void>(reinterpret_cast<const volatile char*>(callbacks)[i]);
  }
  static CLRES_FUNCTION_TABLE table = MakeTable();
  g_callbacks = callbacks;
  *functions = &table;
  return test_resource::kSuccess;
}
