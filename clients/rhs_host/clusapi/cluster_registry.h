// The part of the cluster database that a resource DLL reads: each resource's own key and its `Parameters`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "bridge_dll/win32_types.h"
#include "clients/rhs_host/clusapi/clusapi.h"
#include "clients/rhs_host/clusapi/property.h"

namespace resource_broker::rhs_host {

// Keys, values and checked handles, with the semantics of clusapi.dll's ClusterReg functions.
//
// A resource's key holds Name and Type (REG_SZ), PendingTimeout (REG_DWORD, ms) and the subkey Parameters with the
// private properties. Names are compared without regard to the case of ASCII letters. A handle is a number that this
// object gave out, never an address; a closed or foreign one is answered ERROR_INVALID_HANDLE. Thread-safe.
class ClusterRegistry {
 public:
  ClusterRegistry();
  ~ClusterRegistry();
  ClusterRegistry(const ClusterRegistry&) = delete;
  ClusterRegistry& operator=(const ClusterRegistry&) = delete;

  // Sets the values of the resource's own key; its private properties stay. InvalidArgument: not valid UTF-8.
  absl::Status DefineResource(const std::string& resource, const std::string& type, uint32_t pending_timeout_ms);

  // Sets one private property of a resource, which need not be defined yet. Seen by the DLL at its next query.
  void SetProperty(const std::string& resource, Property property);

  // The host's own handle to a resource's key, as OpenV2 gets it. Null for a resource that is not defined.
  resapi::HKEY OpenResourceKey(const std::string& resource);

  // What was found when the host took its handle back.
  struct Returned {
    // The DLL closed it, which is not its to close.
    bool was_closed = false;
    // Handles the DLL opened below it and has not closed. They are closed now.
    int leaked = 0;
  };
  Returned CloseResourceKey(resapi::HKEY key);

  // The root of the database, for GetClusterKey: below its `Resources` is each resource's key, under the resource's
  // name. Handles opened from it are the DLL's own and not looked for at Close.
  resapi::HKEY OpenRootKey();
  // The same key of a resource as the DLL may ask for by name. Null for a name that is not defined.
  resapi::HKEY OpenKeyOfResource(const resapi::WCHAR* name);

  // Values read, and values and keys written or deleted, by the functions below since construction.
  struct Use {
    int64_t reads = 0;
    int64_t writes = 0;
  };
  Use use();

  // The ClusterReg functions, by the names and rules of ClusApi.h; each answers a Win32 code.
  uint32_t OpenKey(resapi::HKEY key, const resapi::WCHAR* subkey, resapi::HKEY* result);
  uint32_t CloseKey(resapi::HKEY key);
  uint32_t CreateKey(resapi::HKEY key, const resapi::WCHAR* subkey, resapi::HKEY* result, resapi::DWORD* disposition);
  uint32_t EnumKey(resapi::HKEY key, uint32_t index, resapi::WCHAR* name, resapi::DWORD* name_chars,
                   FileTime* last_write);
  uint32_t EnumValue(resapi::HKEY key, uint32_t index, resapi::WCHAR* name, resapi::DWORD* name_chars,
                     resapi::DWORD* type, resapi::BYTE* data, resapi::DWORD* data_bytes);
  uint32_t QueryValue(resapi::HKEY key, const resapi::WCHAR* name, resapi::DWORD* type, resapi::BYTE* data,
                      resapi::DWORD* data_bytes);
  uint32_t QueryInfoKey(resapi::HKEY key, resapi::DWORD* subkeys, resapi::DWORD* longest_subkey_chars,
                        resapi::DWORD* values, resapi::DWORD* longest_value_name_chars,
                        resapi::DWORD* longest_value_bytes, resapi::DWORD* security_descriptor_bytes,
                        FileTime* last_write);
  uint32_t SetValue(resapi::HKEY key, const resapi::WCHAR* name, uint32_t type, const resapi::BYTE* data,
                    uint32_t data_bytes);
  uint32_t DeleteValue(resapi::HKEY key, const resapi::WCHAR* name);

 private:
  struct Key;
  struct Handle {
    std::shared_ptr<Key> key;
    // The host's handle below which it was opened; itself for the host's.
    uintptr_t root;
  };

  std::shared_ptr<Key> Resource(const std::string& resource) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Key* Find(resapi::HKEY key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  resapi::HKEY Add(std::shared_ptr<Key> key, uintptr_t root) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<Key>> resources_ ABSL_GUARDED_BY(mutex_);
  std::map<uintptr_t, Handle> handles_ ABSL_GUARDED_BY(mutex_);
  Use use_ ABSL_GUARDED_BY(mutex_);
  uintptr_t next_handle_ ABSL_GUARDED_BY(mutex_) = 0x5243'0001;  // odd, so that it is no aligned address
};

}  // namespace resource_broker::rhs_host
