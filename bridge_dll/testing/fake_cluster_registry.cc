#include "bridge_dll/testing/fake_cluster_registry.h"

#include <algorithm>
#include <cstring>

namespace resource_broker::bridge::testing {

void FakeKey::Set(const std::u16string& name, resapi::DWORD type, std::vector<uint8_t> data) {
  values.erase(std::remove_if(values.begin(), values.end(), [&](const Value& value) { return value.name == name; }),
               values.end());
  values.push_back({name, type, std::move(data)});
}

void FakeKey::SetText(const std::u16string& name, const std::u16string& text, resapi::DWORD type) {
  std::vector<uint8_t> data((text.size() + 1) * sizeof(char16_t));
  std::memcpy(data.data(), text.c_str(), data.size());
  Set(name, type, std::move(data));
}

void FakeKey::SetNumber(const std::u16string& name, uint32_t number) {
  std::vector<uint8_t> data(sizeof(number));
  std::memcpy(data.data(), &number, sizeof(number));
  Set(name, resapi::REG_TYPE_DWORD, std::move(data));
}

}  // namespace resource_broker::bridge::testing

namespace {

using resource_broker::bridge::testing::FakeKey;

FakeKey* KeyOf(resapi::HKEY key) { return reinterpret_cast<FakeKey*>(key); }

std::u16string Text(const resapi::WCHAR* text) {
  std::u16string copy;
  while (*text != 0) copy.push_back(static_cast<char16_t>(*text++));
  return copy;
}

resapi::DWORD CopyValue(const FakeKey::Value& value, resapi::DWORD* type, resapi::BYTE* data,
                        resapi::DWORD* data_size) {
  if (type != nullptr) *type = value.type;
  const resapi::DWORD capacity = *data_size;
  *data_size = static_cast<resapi::DWORD>(value.data.size());
  if (data == nullptr) return 0;
  if (capacity < value.data.size()) return resapi::CLUSTER_REG_MORE_DATA;
  std::copy(value.data.begin(), value.data.end(), data);
  return 0;
}

}  // namespace

resapi::LONG RESAPI_CALL ClusterRegOpenKey(resapi::HKEY key, const resapi::WCHAR* subkey, resapi::DWORD,
                                           resapi::HKEY* result) {
  const auto found = KeyOf(key)->subkeys.find(Text(subkey));
  if (found == KeyOf(key)->subkeys.end()) return static_cast<resapi::LONG>(resapi::CLUSTER_REG_FILE_NOT_FOUND);
  ++found->second->open_handles;
  *result = found->second->handle();
  return 0;
}

resapi::LONG RESAPI_CALL ClusterRegCloseKey(resapi::HKEY key) {
  --KeyOf(key)->open_handles;
  return 0;
}

resapi::DWORD RESAPI_CALL ClusterRegEnumValue(resapi::HKEY key, resapi::DWORD index, resapi::WCHAR* name,
                                              resapi::DWORD* name_size, resapi::DWORD* type, resapi::BYTE* data,
                                              resapi::DWORD* data_size) {
  if (KeyOf(key)->fault != 0) return KeyOf(key)->fault;
  if (index >= KeyOf(key)->values.size()) return resapi::CLUSTER_REG_NO_MORE_ITEMS;
  const FakeKey::Value& value = KeyOf(key)->values[index];
  const resapi::DWORD capacity = *name_size;
  *name_size = static_cast<resapi::DWORD>(value.name.size());
  if (capacity <= value.name.size()) return resapi::CLUSTER_REG_MORE_DATA;
  std::copy(value.name.begin(), value.name.end(), name);
  name[value.name.size()] = 0;
  return CopyValue(value, type, data, data_size);
}

resapi::LONG RESAPI_CALL ClusterRegQueryValue(resapi::HKEY key, const resapi::WCHAR* name, resapi::DWORD* type,
                                              resapi::BYTE* data, resapi::DWORD* data_size) {
  for (const FakeKey::Value& value : KeyOf(key)->values) {
    if (value.name == Text(name)) return static_cast<resapi::LONG>(CopyValue(value, type, data, data_size));
  }
  return static_cast<resapi::LONG>(resapi::CLUSTER_REG_FILE_NOT_FOUND);
}
