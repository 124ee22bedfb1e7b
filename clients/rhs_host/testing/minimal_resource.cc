// A correct version 2 resource DLL, as small as one can be: written from the contract alone, for the tests to drive and
// for authors to read.
//
// Its resource is nothing but a state. Online and Offline take the private property StepMs (REG_DWORD, default 10)
// three times, on a worker thread that reports after each step. With the property Lock (REG_DWORD) other than 0 it is
// in locked mode while it is online. A worker that is told to stop ends by itself, and Terminate does not wait for it;
// the next operation and Close do.
#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "bridge_dll/resapi.h"
#include "clients/rhs_host/testing/test_resource.h"

namespace {

using namespace resapi;  // NOLINT: the names of the contract, as an author would write them

const CLRES_CALLBACK_FUNCTION_TABLE* g_callbacks = nullptr;

constexpr int kSteps = 3;

class Resource {
 public:
  Resource(RESOURCE_HANDLE handle, HKEY key) : handle_(handle), key_(key) {}
  ~Resource() { Close(); }

  DWORD Begin(CLUSTER_RESOURCE_STATE pending, CLUSTER_RESOURCE_STATE done) {
    Stop();
    if (worker_.joinable()) worker_.join();
    const std::chrono::milliseconds step(test_resource::ReadDword(key_, RESAPI_TEXT("StepMs"), 10));
    const bool lock_mode = test_resource::ReadDword(key_, RESAPI_TEXT("Lock"), 0) != 0;
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = hurry_ = false;
    state_ = pending;
    worker_ = std::thread([=] { Work(pending, done, step, lock_mode); });
    return test_resource::kIoPending;
  }

  void Terminate() {
    Stop();
    {
      std::lock_guard<std::mutex> lock(mutex_);
      state_ = ClusterResourceOffline;
    }
    SetLocked(false);
  }

  void Close() {
    Terminate();
    if (worker_.joinable()) worker_.join();
  }

  // The worker goes on to its final report, without the waiting.
  void Hurry() {
    std::lock_guard<std::mutex> lock(mutex_);
    hurry_ = true;
    wake_.notify_all();
  }

  bool Alive() {
    std::lock_guard<std::mutex> lock(mutex_);
    return state_ == ClusterResourceOnline;
  }

 private:
  void Stop() {
    std::lock_guard<std::mutex> lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }

  // No lock is held in a callback: the host may call Terminate meanwhile, and Terminate takes it.
  void SetLocked(bool locked) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (locked_ == locked) return;
      locked_ = locked;
    }
    g_callbacks->SetResourceLockedMode(handle_, locked ? 1 : 0, 0);
  }

  // Whether the worker may go on after waiting.
  bool Wait(std::chrono::milliseconds step) {
    std::unique_lock<std::mutex> lock(mutex_);
    wake_.wait_for(lock, step, [this] { return stopping_ || hurry_; });
    return !stopping_;
  }

  void Work(CLUSTER_RESOURCE_STATE pending, CLUSTER_RESOURCE_STATE done, std::chrono::milliseconds step,
            bool lock_mode) {
    RESOURCE_STATUS_EX status = {};
    for (int i = 0; i < kSteps; ++i) {
      if (!Wait(step)) return;
      status.ResourceState = pending;
      ++status.CheckPoint;
      if (g_callbacks->SetResourceStatusEx(handle_, &status) == ResourceExitStateTerminate) return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (stopping_) return;
      state_ = done;
    }
    SetLocked(lock_mode && done == ClusterResourceOnline);
    g_callbacks->LogEvent(handle_, LOG_INFORMATION, RESAPI_TEXT("done after %1!u! steps"), static_cast<DWORD>(kSteps));
    status.ResourceState = done;
    ++status.CheckPoint;
    g_callbacks->SetResourceStatusEx(handle_, &status);
  }

  const RESOURCE_HANDLE handle_;
  const HKEY key_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool hurry_ = false;
  bool locked_ = false;
  CLUSTER_RESOURCE_STATE state_ = ClusterResourceOffline;
  // Of Begin and Close alone, which the host serialises.
  std::thread worker_;
};

// RESIDs are numbers that are never used twice, so that a closed one is told from an open one.
class Resources {
 public:
  RESID Add(std::shared_ptr<Resource> resource) {
    std::lock_guard<std::mutex> lock(mutex_);
    const uintptr_t id = ++last_;
    resources_[id] = std::move(resource);
    return reinterpret_cast<RESID>(id);
  }
  std::shared_ptr<Resource> Find(RESID id) {
    std::lock_guard<std::mutex> lock(mutex_);
    const auto found = resources_.find(reinterpret_cast<uintptr_t>(id));
    return found == resources_.end() ? nullptr : found->second;
  }
  std::shared_ptr<Resource> Take(RESID id) {
    std::shared_ptr<Resource> resource = Find(id);
    std::lock_guard<std::mutex> lock(mutex_);
    resources_.erase(reinterpret_cast<uintptr_t>(id));
    return resource;
  }

 private:
  std::mutex mutex_;
  uintptr_t last_ = 0;
  std::map<uintptr_t, std::shared_ptr<Resource>> resources_;
};

// Never destroyed: at the process's end workers may still run.
Resources& AllResources() {
  static Resources* const resources = new Resources;
  return *resources;
}

RESID RESAPI_CALL OpenV2(const WCHAR*, HKEY key, RESOURCE_HANDLE handle, DWORD) {
  return AllResources().Add(std::make_shared<Resource>(handle, key));
}

void RESAPI_CALL Close(RESID id) {
  if (const auto resource = AllResources().Take(id)) resource->Close();
}

DWORD RESAPI_CALL OnlineV2(RESID id, HANDLE*, DWORD, BYTE*, DWORD, DWORD) {
  const auto resource = AllResources().Find(id);
  if (resource == nullptr) return test_resource::kResourceNotFound;
  return resource->Begin(ClusterResourceOnlinePending, ClusterResourceOnline);
}

DWORD RESAPI_CALL OfflineV2(RESID id, const WCHAR*, DWORD, BYTE*, DWORD, DWORD) {
  const auto resource = AllResources().Find(id);
  if (resource == nullptr) return test_resource::kResourceNotFound;
  return resource->Begin(ClusterResourceOfflinePending, ClusterResourceOffline);
}

void RESAPI_CALL Terminate(RESID id) {
  if (const auto resource = AllResources().Find(id)) resource->Terminate();
}

BOOL RESAPI_CALL Alive(RESID id) {
  const auto resource = AllResources().Find(id);
  return resource != nullptr && resource->Alive() ? 1 : 0;
}

DWORD RESAPI_CALL ResourceControl(RESID, DWORD code, void*, DWORD, void* out, DWORD out_size, DWORD* bytes_returned) {
  if (code == CLUSCTL_RESOURCE_UNKNOWN) return test_resource::kSuccess;
  if (code != CLUSCTL_RESOURCE_GET_CHARACTERISTICS) return test_resource::kInvalidFunction;
  if (bytes_returned != nullptr) *bytes_returned = sizeof(DWORD);
  if (out_size < sizeof(DWORD)) return test_resource::kMoreData;
  std::array<BYTE, sizeof(DWORD)> none{};
  std::copy(none.begin(), none.end(), static_cast<BYTE*>(out));
  return test_resource::kSuccess;
}

DWORD RESAPI_CALL ResourceTypeControl(const WCHAR*, DWORD code, void*, DWORD, void*, DWORD, DWORD*) {
  if (code == CLUSCTL_RESOURCE_TYPE_UNKNOWN) return test_resource::kSuccess;
  return test_resource::kInvalidFunction;
}

DWORD RESAPI_CALL Cancel(RESID id, DWORD) {
  const auto resource = AllResources().Find(id);
  if (resource == nullptr) return test_resource::kResourceNotFound;
  resource->Hurry();
  return test_resource::kSuccess;
}

CLRES_FUNCTION_TABLE g_table =
    test_resource::TableV2({&OpenV2, &Close, &OnlineV2, &OfflineV2, &Terminate, &Alive, &Alive, nullptr, nullptr,
                            &ResourceControl, &ResourceTypeControl, &Cancel});

}  // namespace

TEST_RESOURCE_EXPORT DWORD RESAPI_CALL StartupEx(const WCHAR* type, DWORD min_version, DWORD max_version,
                                                 CLRES_CALLBACK_FUNCTION_TABLE* callbacks,
                                                 CLRES_FUNCTION_TABLE** functions) {
  if (min_version > CLRES_VERSION_V2_00 || max_version < CLRES_VERSION_V2_00) {
    return test_resource::kRevisionMismatch;
  }
  if (!test_resource::Equal(type, RESAPI_TEXT("Minimal"))) return test_resource::kClusterResnameNotFound;
  g_callbacks = callbacks;
  *functions = &g_table;
  return test_resource::kSuccess;
}
