#include <atomic>

#include "clients/rhs_host/clusapi/cluster_calls.h"
#include "clients/rhs_host/clusapi/serving.h"
#include "clients/rhs_host/dynamic_library.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

// ClusterStateRunning of NODE_CLUSTER_STATE.
constexpr DWORD kClusterRunning = 0x13;
// HCLUSTER is a token; there is only the one.
const HANDLE kCluster = reinterpret_cast<HANDLE>(uintptr_t{0x4343'0001});

std::atomic<ClusterRegistry*> g_registry{nullptr};

// Calls `function` on the registry; none: ERROR_CALL_NOT_IMPLEMENTED.
template <typename Function>
uint32_t Answer(Function function) {
  ClusterRegistry* registry = g_registry.load();
  return registry == nullptr ? win32::kCallNotImplemented : function(registry);
}

// The same for functions that answer with a handle, and with NULL after SetLastError.
template <typename Handle, typename Function>
Handle AnswerHandle(const char* name, Function function) {
  ClusterRegistry* registry = g_registry.load();
  NoteClusterCall({name, registry != nullptr});
  const Handle handle = registry == nullptr ? nullptr : function(registry);
  if (handle == nullptr) SetLastErrorCode(registry == nullptr ? win32::kCallNotImplemented : win32::kInvalidHandle);
  return handle;
}

LONG RESAPI_CALL OpenKey(HKEY key, const WCHAR* subkey, DWORD, HKEY* result) {
  return static_cast<LONG>(Answer([&](auto* registry) { return registry->OpenKey(key, subkey, result); }));
}

LONG RESAPI_CALL CloseKey(HKEY key) {
  return static_cast<LONG>(Answer([&](auto* registry) { return registry->CloseKey(key); }));
}

LONG RESAPI_CALL CreateKey(HKEY key, const WCHAR* subkey, DWORD, DWORD, void*, HKEY* result, DWORD* disposition) {
  return static_cast<LONG>(
      Answer([&](auto* registry) { return registry->CreateKey(key, subkey, result, disposition); }));
}

LONG RESAPI_CALL EnumKey(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, FileTime* last_write) {
  return static_cast<LONG>(
      Answer([&](auto* registry) { return registry->EnumKey(key, index, name, name_chars, last_write); }));
}

DWORD RESAPI_CALL EnumValue(HKEY key, DWORD index, WCHAR* name, DWORD* name_chars, DWORD* type, BYTE* data,
                            DWORD* data_bytes) {
  return Answer(
      [&](auto* registry) { return registry->EnumValue(key, index, name, name_chars, type, data, data_bytes); });
}

LONG RESAPI_CALL QueryValue(HKEY key, const WCHAR* name, DWORD* type, BYTE* data, DWORD* data_bytes) {
  return static_cast<LONG>(
      Answer([&](auto* registry) { return registry->QueryValue(key, name, type, data, data_bytes); }));
}

LONG RESAPI_CALL QueryInfoKey(HKEY key, DWORD* subkeys, DWORD* longest_subkey_chars, DWORD* values,
                              DWORD* longest_value_name_chars, DWORD* longest_value_bytes,
                              DWORD* security_descriptor_bytes, FileTime* last_write) {
  return static_cast<LONG>(Answer([&](auto* registry) {
    return registry->QueryInfoKey(key, subkeys, longest_subkey_chars, values, longest_value_name_chars,
                                  longest_value_bytes, security_descriptor_bytes, last_write);
  }));
}

DWORD RESAPI_CALL SetValue(HKEY key, const WCHAR* name, DWORD type, const BYTE* data, DWORD data_bytes) {
  return Answer([&](auto* registry) { return registry->SetValue(key, name, type, data, data_bytes); });
}

DWORD RESAPI_CALL DeleteValue(HKEY key, const WCHAR* name) {
  return Answer([&](auto* registry) { return registry->DeleteValue(key, name); });
}

HANDLE RESAPI_CALL OpenCluster(const WCHAR*) {
  return AnswerHandle<HANDLE>("OpenCluster", [](ClusterRegistry*) { return kCluster; });
}

BOOL RESAPI_CALL CloseCluster(HANDLE cluster) {
  NoteClusterCall({"CloseCluster", true});
  if (cluster != kCluster) SetLastErrorCode(win32::kInvalidHandle);
  return cluster == kCluster ? 1 : 0;
}

HKEY RESAPI_CALL GetClusterKey(HANDLE cluster, DWORD) {
  return AnswerHandle<HKEY>("GetClusterKey", [&](ClusterRegistry* registry) {
    return cluster == kCluster ? registry->OpenRootKey() : nullptr;
  });
}

// An HRESOURCE is a handle of the resource's key, which GetClusterResourceKey opens once more.
HANDLE RESAPI_CALL OpenClusterResource(HANDLE cluster, const WCHAR* name) {
  return AnswerHandle<HANDLE>("OpenClusterResource", [&](ClusterRegistry* registry) {
    return cluster == kCluster ? reinterpret_cast<HANDLE>(registry->OpenKeyOfResource(name)) : nullptr;
  });
}

BOOL RESAPI_CALL CloseClusterResource(HANDLE resource) {
  NoteClusterCall({"CloseClusterResource", true});
  const uint32_t code = Answer([&](auto* registry) { return registry->CloseKey(reinterpret_cast<HKEY>(resource)); });
  if (code != win32::kSuccess) SetLastErrorCode(code);
  return code == win32::kSuccess ? 1 : 0;
}

HKEY RESAPI_CALL GetClusterResourceKey(HANDLE resource, DWORD) {
  return AnswerHandle<HKEY>("GetClusterResourceKey", [&](ClusterRegistry* registry) {
    HKEY key = nullptr;
    registry->OpenKey(reinterpret_cast<HKEY>(resource), RESAPI_TEXT(""), &key);
    return key;
  });
}

DWORD RESAPI_CALL GetNodeClusterState(const WCHAR*, DWORD* state) {
  NoteClusterCall({"GetNodeClusterState", true});
  if (state == nullptr) return win32::kInvalidParameter;
  *state = kClusterRunning;
  return win32::kSuccess;
}

intptr_t RESAPI_CALL AnswerNotProvided(const char* name, NotProvided answer) {
  NoteClusterCall({name, false});
  if (answer == NotProvided::kCode) return win32::kCallNotImplemented;
  SetLastErrorCode(win32::kCallNotImplemented);
  return answer == NotProvided::kState ? -1 : 0;
}

}  // namespace

ClusterFunctions FunctionsOver(ClusterRegistry* registry) {
  g_registry.store(registry);
  return {&OpenKey,
          &CloseKey,
          &CreateKey,
          &EnumKey,
          &EnumValue,
          &QueryValue,
          &QueryInfoKey,
          &SetValue,
          &DeleteValue,
          &OpenCluster,
          &CloseCluster,
          &GetClusterKey,
          &OpenClusterResource,
          &CloseClusterResource,
          &GetClusterResourceKey,
          &GetNodeClusterState,
          &AnswerNotProvided};
}

}  // namespace resource_broker::rhs_host
