// A cluster database of one resource, for tests: the four functions of clusapi.h over a key that the test owns.
//
// Natively the test program exports them; on Windows they are a clusapi.dll beside it, built from the same source. An
// HKEY is a FakeKey*, so that the test fills in its own memory and the functions only read it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bridge_dll/clusapi.h"

namespace resource_broker::bridge::testing {

struct FakeKey {
  struct Value {
    std::u16string name;
    resapi::DWORD type = resapi::REG_TYPE_NONE;
    std::vector<uint8_t> data;
  };

  std::vector<Value> values;
  std::map<std::u16string, std::unique_ptr<FakeKey>> subkeys;
  // Opened less closed, by ClusterReg… calls.
  std::atomic<int> open_handles{0};
  // Not 0: what reading values answers instead.
  resapi::DWORD fault = 0;

  void SetText(const std::u16string& name, const std::u16string& text, resapi::DWORD type = resapi::REG_TYPE_SZ);
  void SetNumber(const std::u16string& name, uint32_t number);
  void Set(const std::u16string& name, resapi::DWORD type, std::vector<uint8_t> data);

  resapi::HKEY handle() { return reinterpret_cast<resapi::HKEY>(this); }
};

}  // namespace resource_broker::bridge::testing

#ifdef _WIN32
#define FAKE_CLUSAPI extern "C" __declspec(dllexport)
#else
#define FAKE_CLUSAPI extern "C" __attribute__((visibility("default")))
#endif

FAKE_CLUSAPI resapi::LONG RESAPI_CALL ClusterRegOpenKey(resapi::HKEY key, const resapi::WCHAR* subkey,
                                                        resapi::DWORD access, resapi::HKEY* result);
FAKE_CLUSAPI resapi::LONG RESAPI_CALL ClusterRegCloseKey(resapi::HKEY key);
FAKE_CLUSAPI resapi::DWORD RESAPI_CALL ClusterRegEnumValue(resapi::HKEY key, resapi::DWORD index, resapi::WCHAR* name,
                                                           resapi::DWORD* name_size, resapi::DWORD* type,
                                                           resapi::BYTE* data, resapi::DWORD* data_size);
FAKE_CLUSAPI resapi::LONG RESAPI_CALL ClusterRegQueryValue(resapi::HKEY key, const resapi::WCHAR* name,
                                                           resapi::DWORD* type, resapi::BYTE* data,
                                                           resapi::DWORD* data_size);
