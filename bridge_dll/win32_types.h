// The handful of Windows types that the resource DLL's ABI is written in, with the same sizes on every platform.
//
// The only place of the bridge that asks for the platform: a resource_bridge.so has the ABI of the .dll, with UTF-16
// text in char16_t, so that everything above this header is the same code.
#pragma once

#include <cstdint>

#ifdef _WIN32
#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on
namespace resapi {
using ::BOOL;
using ::BYTE;
using ::DWORD;
using ::HANDLE;
using ::HKEY;
using ::INT64;
using ::LONG;
using ::WCHAR;
#define RESAPI_CALL __stdcall
#define RESAPI_TEXT(literal) L##literal
}  // namespace resapi
#else
namespace resapi {
using BOOL = int32_t;
using BYTE = uint8_t;
using DWORD = uint32_t;
using HANDLE = void*;
using HKEY = struct HkeyTag*;
using INT64 = int64_t;
using LONG = int32_t;
using WCHAR = char16_t;
#define RESAPI_CALL
#define RESAPI_TEXT(literal) u##literal
}  // namespace resapi
#endif

static_assert(sizeof(resapi::WCHAR) == 2 && sizeof(resapi::DWORD) == 4 && sizeof(resapi::BOOL) == 4 &&
                  sizeof(void*) == 8,
              "the ABI is that of x64 Windows");
