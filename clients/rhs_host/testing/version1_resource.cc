// A resource DLL of version 1 alone, for the tests: Online ends at once, Offline on a worker with reports.
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "bridge_dll/resapi.h"
#include "clients/rhs_host/testing/test_resource.h"

namespace {

using namespace resapi;  // NOLINT: the names of the contract

PSET_RESOURCE_STATUS_ROUTINE g_set_status = nullptr;
PLOG_EVENT_ROUTINE g_log = nullptr;

struct Resource {
  explicit Resource(RESOURCE_HANDLE the_handle) : handle(the_handle) {}

  const RESOURCE_HANDLE handle;
  std::mutex mutex;
  std::atomic<bool> online{false};
  std::thread worker;
};

void Join(Resource* resource) {
  std::lock_guard<std::mutex> lock(resource->mutex);
  if (resource->worker.joinable()) resource->worker.join();
}

RESID RESAPI_CALL Open(const WCHAR*, HKEY, RESOURCE_HANDLE handle) { return new Resource(handle); }

void RESAPI_CALL Close(RESID id) {
  Join(static_cast<Resource*>(id));
  delete static_cast<Resource*>(id);
}

DWORD RESAPI_CALL Online(RESID id, HANDLE*) {
  auto* resource = static_cast<Resource*>(id);
  Join(resource);
  resource->online = true;
  g_log(resource->handle, LOG_INFORMATION, RESAPI_TEXT("online"));
  return test_resource::kSuccess;
}

DWORD RESAPI_CALL Offline(RESID id) {
  auto* resource = static_cast<Resource*>(id);
  Join(resource);
  resource->online = false;
  std::lock_guard<std::mutex> lock(resource->mutex);
  resource->worker = std::thread([handle = resource->handle] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    RESOURCE_STATUS status = {};
    status.ResourceState = ClusterResourceOfflinePending;
    status.CheckPoint = 1;
    if (g_set_status(handle, &status) == ResourceExitStateTerminate) return;
    status.ResourceState = ClusterResourceOffline;
    status.CheckPoint = 2;
    g_set_status(handle, &status);
  });
  return test_resource::kIoPending;
}

void RESAPI_CALL Terminate(RESID id) { static_cast<Resource*>(id)->online = false; }

BOOL RESAPI_CALL Alive(RESID id) { return static_cast<Resource*>(id)->online ? 1 : 0; }

DWORD RESAPI_CALL ResourceControl(RESID, DWORD code, void*, DWORD, void*, DWORD, DWORD*) {
  return code == CLUSCTL_RESOURCE_UNKNOWN ? test_resource::kSuccess : test_resource::kInvalidFunction;
}

DWORD RESAPI_CALL ResourceTypeControl(const WCHAR*, DWORD code, void*, DWORD, void*, DWORD, DWORD*) {
  return code == CLUSCTL_RESOURCE_TYPE_UNKNOWN ? test_resource::kSuccess : test_resource::kInvalidFunction;
}

CLRES_FUNCTION_TABLE MakeTable() {
  CLRES_FUNCTION_TABLE table = {};
  table.TableSize = sizeof(CLRES_V1_FUNCTIONS);
  table.Version = CLRES_VERSION_V1_00;
  table.V1Functions = {&Open,  &Close,  &Online, &Offline,         &Terminate,          &Alive,
                       &Alive, nullptr, nullptr, &ResourceControl, &ResourceTypeControl};
  return table;
}

CLRES_FUNCTION_TABLE g_table = MakeTable();

}  // namespace

TEST_RESOURCE_EXPORT DWORD RESAPI_CALL Startup(const WCHAR* type, DWORD min_version, DWORD max_version,
                                               PSET_RESOURCE_STATUS_ROUTINE set_status, PLOG_EVENT_ROUTINE log,
                                               CLRES_FUNCTION_TABLE** functions) {
  if (min_version > CLRES_VERSION_V1_00 || max_version < CLRES_VERSION_V1_00) return test_resource::kRevisionMismatch;
  if (!test_resource::Equal(type, RESAPI_TEXT("Version 1"))) return test_resource::kClusterResnameNotFound;
  g_set_status = set_status;
  g_log = log;
  *functions = &g_table;
  return test_resource::kSuccess;
}
