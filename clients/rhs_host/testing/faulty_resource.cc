// A resource DLL that breaks one rule at a time, for the tests: the InBuffer of Online and Offline names the fault, a
// resource's name the fault of its OpenV2. Without one, operations are done at once.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "bridge_dll/resapi.h"
#include "clients/rhs_host/testing/test_resource.h"

namespace {

using namespace resapi;  // NOLINT: the names of the contract

const CLRES_CALLBACK_FUNCTION_TABLE* g_callbacks = nullptr;

// Of the resource closed last, for a report that comes too late.
RESOURCE_HANDLE g_closed_handle = nullptr;

struct Resource {
  RESOURCE_HANDLE handle = nullptr;
  HKEY key = nullptr;
  std::thread worker;
  std::mutex mutex;
  std::condition_variable terminated_changed;
  bool terminated = false;
  bool dead = false;
};

DWORD Report(Resource* resource, CLUSTER_RESOURCE_STATE state, DWORD checkpoint, DWORD app = 0, DWORD flags = 0) {
  RESOURCE_STATUS_EX status = {};
  status.ResourceState = state;
  status.CheckPoint = checkpoint;
  status.ApplicationSpecificErrorCode = app;
  status.Flags = flags;
  return g_callbacks->SetResourceStatusEx(resource->handle, &status);
}

void WaitForTerminate(Resource* resource) {
  std::unique_lock<std::mutex> lock(resource->mutex);
  resource->terminated_changed.wait(lock, [&] { return resource->terminated; });
}

// Faults of the worker, after 997.
void Work(Resource* resource, const std::string& fault, CLUSTER_RESOURCE_STATE pending, CLUSTER_RESOURCE_STATE done) {
  if (fault == "reports-twice") {
    Report(resource, done, 1);
    Report(resource, done, 2);
  } else if (fault == "same-checkpoint") {
    Report(resource, pending, 1);
    Report(resource, pending, 1);
    Report(resource, done, 2);
  } else if (fault == "wrong-pending") {
    Report(resource,
           pending == ClusterResourceOnlinePending ? ClusterResourceOfflinePending : ClusterResourceOnlinePending, 1);
    Report(resource, done, 2);
  } else if (fault == "silent") {
    WaitForTerminate(resource);
  } else if (fault == "deaf") {
    WaitForTerminate(resource);
    // Once is told to stop, twice has not listened.
    Report(resource, pending, 1);
    Report(resource, pending, 2);
  } else if (fault == "fails-later") {
    Report(resource, ClusterResourceFailed, 1, 4711, CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE);
  } else if (fault == "refuses") {
    Report(resource, ClusterResourceOnline, 1, test_resource::kClusterResourceLockedStatus,
           CLUSRESDLL_STATUS_OFFLINE_BUSY);
  }
}

bool IsWorkerFault(const std::string& fault) {
  for (const char* name :
       {"reports-twice", "same-checkpoint", "wrong-pending", "silent", "deaf", "fails-later", "refuses"}) {
    if (fault == name) return true;
  }
  return false;
}

void FinishWorker(Resource* resource) {
  {
    std::lock_guard<std::mutex> lock(resource->mutex);
    resource->terminated = true;
    resource->terminated_changed.notify_all();
  }
  // Terminate and Close may both be here; a thread is joined once.
  static std::mutex joining;
  std::lock_guard<std::mutex> lock(joining);
  if (resource->worker.joinable()) resource->worker.join();
}

DWORD Operate(Resource* resource, const std::string& fault, CLUSTER_RESOURCE_STATE pending,
              CLUSTER_RESOURCE_STATE done) {
  if (IsWorkerFault(fault)) {
    if (resource->worker.joinable()) resource->worker.join();
    resource->terminated = false;
    resource->worker = std::thread([=] { Work(resource, fault, pending, done); });
    return test_resource::kIoPending;
  }
  if (fault == "throws") throw std::runtime_error("on purpose");
  if (fault == "hangs") std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  if (fault == "fails") return test_resource::kResourceFailed;
  if (fault == "reports-then-0") Report(resource, done, 1);
  if (fault == "dies") resource->dead = true;
  if (fault == "locks") g_callbacks->SetResourceLockedMode(resource->handle, 1, 7);
  if (fault == "signals") g_callbacks->SignalFailure(resource->handle, FAILURE_TYPE_EMBEDDED, 42);
  if (fault == "foreign-handle") {
    Resource stranger;
    stranger.handle = reinterpret_cast<RESOURCE_HANDLE>(0x1234);
    Report(&stranger, pending, 1);
  }
  if (fault == "later-callback") {
    const auto* members =
        reinterpret_cast<DWORD(RESAPI_CALL* const*)(RESOURCE_HANDLE, BOOL, DWORD, DWORD)>(g_callbacks);
    return members[13](resource->handle, 1, 0, 1);  // SetResourceLockedModeEx
  }
  if (fault == "closes-key") {
    reinterpret_cast<PCLUSTER_REG_CLOSE_KEY>(test_resource::FindClusterFunction("ClusterRegCloseKey"))(resource->key);
  }
  if (fault == "leaks-key") {
    HKEY leaked = nullptr;
    reinterpret_cast<PCLUSTER_REG_OPEN_KEY>(test_resource::FindClusterFunction("ClusterRegOpenKey"))(
        resource->key, RESAPI_TEXT("Parameters"), CLUSTER_KEY_READ, &leaked);
  }
  return test_resource::kSuccess;
}

std::string Fault(const BYTE* in, DWORD size) { return in == nullptr ? "" : std::string(in, in + size); }

RESID RESAPI_CALL OpenV2(const WCHAR* name, HKEY key, RESOURCE_HANDLE handle, DWORD) {
  if (test_resource::Equal(name, RESAPI_TEXT("null-without-error"))) return nullptr;
  if (test_resource::Equal(name, RESAPI_TEXT("throws"))) throw 42;
  auto* resource = new Resource;
  resource->handle = handle;
  resource->key = key;
  return resource;
}

void RESAPI_CALL Close(RESID id) {
  auto* resource = static_cast<Resource*>(id);
  FinishWorker(resource);
  g_closed_handle = resource->handle;
  delete resource;
}

DWORD RESAPI_CALL OnlineV2(RESID id, HANDLE*, DWORD, BYTE* in, DWORD in_size, DWORD) {
  return Operate(static_cast<Resource*>(id), Fault(in, in_size), ClusterResourceOnlinePending, ClusterResourceOnline);
}

DWORD RESAPI_CALL OfflineV2(RESID id, const WCHAR*, DWORD, BYTE* in, DWORD in_size, DWORD) {
  return Operate(static_cast<Resource*>(id), Fault(in, in_size), ClusterResourceOfflinePending, ClusterResourceOffline);
}

void RESAPI_CALL Terminate(RESID id) { FinishWorker(static_cast<Resource*>(id)); }

// Uses what is closed, if anything is.
BOOL RESAPI_CALL LooksAlive(RESID) {
  if (g_closed_handle != nullptr) {
    Resource closed;
    closed.handle = g_closed_handle;
    Report(&closed, ClusterResourceOnline, 1);
  }
  return 1;
}

BOOL RESAPI_CALL IsAlive(RESID id) { return static_cast<Resource*>(id)->dead ? 0 : 1; }

DWORD RESAPI_CALL ResourceControl(RESID, DWORD, void*, DWORD, void*, DWORD, DWORD*) {
  return test_resource::kInvalidFunction;
}

DWORD RESAPI_CALL ResourceTypeControl(const WCHAR*, DWORD, void*, DWORD, void*, DWORD, DWORD*) {
  return test_resource::kInvalidFunction;
}

DWORD RESAPI_CALL Cancel(RESID, DWORD) { return test_resource::kSuccess; }

CLRES_FUNCTION_TABLE g_table =
    test_resource::TableV2({&OpenV2, &Close, &OnlineV2, &OfflineV2, &Terminate, &LooksAlive, &IsAlive, nullptr, nullptr,
                            &ResourceControl, &ResourceTypeControl, &Cancel});

}  // namespace

TEST_RESOURCE_EXPORT DWORD RESAPI_CALL StartupEx(const WCHAR* type, DWORD, DWORD,
                                                 CLRES_CALLBACK_FUNCTION_TABLE* callbacks,
                                                 CLRES_FUNCTION_TABLE** functions) {
  g_closed_handle = nullptr;
  g_callbacks = callbacks;
  if (test_resource::Equal(type, RESAPI_TEXT("No Table"))) return test_resource::kSuccess;
  *functions = &g_table;
  return test_resource::kSuccess;
}
