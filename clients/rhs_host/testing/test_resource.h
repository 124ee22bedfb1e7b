// What the tests' resource DLLs share. They link nothing of this project, as a stranger's DLL would not.
#pragma once

#include <cstdint>

#include "bridge_dll/clusapi.h"
#include "bridge_dll/resapi.h"
#include "resource_broker/v1/win32_codes.h"

#ifdef _WIN32
#define TEST_RESOURCE_EXPORT extern "C" __declspec(dllexport)
#else
#define TEST_RESOURCE_EXPORT extern "C" __attribute__((visibility("default")))
#endif

namespace test_resource {

using namespace resource_broker::win32;  // NOLINT: the codes, and nothing else

// A DWORD of the resource's Parameters; `absent` if there is none, or no clusapi.dll.
resapi::DWORD ReadDword(resapi::HKEY resource_key, const resapi::WCHAR* name, resapi::DWORD absent);

// A function of clusapi.dll, or null.
void* FindClusterFunction(const char* name);

// Opens a handle of the system's, for nothing; natively a file descriptor.
void OpenHandle();

// Closes a handle of the system's; false if it is none.
bool CloseHandle(resapi::HANDLE handle);

inline bool Equal(const resapi::WCHAR* a, const resapi::WCHAR* b) {
  while (*a != 0 && *a == *b) ++a, ++b;
  return *a == *b;
}

inline resapi::CLRES_FUNCTION_TABLE TableV2(const resapi::CLRES_V2_FUNCTIONS& functions) {
  resapi::CLRES_FUNCTION_TABLE table = {};
  table.TableSize = sizeof(resapi::CLRES_V2_FUNCTIONS);
  table.Version = resapi::CLRES_VERSION_V2_00;
  table.V2Functions = functions;
  return table;
}

}  // namespace test_resource
