// What the DLL exports.
#include "bridge_dll/entry_points.h"

extern "C" __attribute__((visibility("default"))) resapi::DWORD RESAPI_CALL
StartupEx(const resapi::WCHAR* resource_type, resapi::DWORD min_version_supported, resapi::DWORD max_version_supported,
          resapi::CLRES_CALLBACK_FUNCTION_TABLE* monitor_callback_functions,
          resapi::CLRES_FUNCTION_TABLE** resource_dll_interface_functions) {
  return resource_broker::bridge::StartResourceType(resource_type, min_version_supported, max_version_supported,
                                                    monitor_callback_functions, resource_dll_interface_functions);
}
