#include "clients/rhs_host/clusapi/cluster_registry.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "ipc/utf16.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

using resapi::BYTE;
using resapi::DWORD;
using resapi::HKEY;
using resapi::WCHAR;

char16_t Folded(char16_t unit) { return unit >= u'a' && unit <= u'z' ? static_cast<char16_t>(unit - 32) : unit; }

bool SameName(std::u16string_view a, std::u16string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char16_t x, char16_t y) { return Folded(x) == Folded(y); });
}

std::u16string TextOf(const WCHAR* text) {
  std::u16string copy;
  for (; text != nullptr && *text != 0; ++text) copy.push_back(static_cast<char16_t>(*text));
  return copy;
}

// `*chars`: in the buffer's size with the NUL, out the name's length without it.
uint32_t CopyName(std::u16string_view name, WCHAR* buffer, DWORD* chars) {
  const DWORD capacity = *chars;
  *chars = static_cast<DWORD>(name.size());
  if (capacity <= name.size()) return win32::kMoreData;
  std::copy(name.begin(), name.end(), buffer);
  buffer[name.size()] = 0;
  return win32::kSuccess;
}

// A NULL buffer asks for the size; one that is too small is answered with the size, and stays untouched.
uint32_t CopyData(const Property& value, DWORD* type, BYTE* data, DWORD* data_bytes) {
  if (data != nullptr && data_bytes == nullptr) return win32::kInvalidParameter;
  if (type != nullptr) *type = static_cast<DWORD>(value.type);
  if (data_bytes == nullptr) return win32::kSuccess;
  const DWORD capacity = *data_bytes;
  *data_bytes = static_cast<DWORD>(value.data.size());
  if (data == nullptr) return win32::kSuccess;
  if (capacity < value.data.size()) return win32::kMoreData;
  if (!value.data.empty()) std::memcpy(data, value.data.data(), value.data.size());
  return win32::kSuccess;
}

void Store(DWORD* out, size_t number) {
  if (out != nullptr) *out = static_cast<DWORD>(number);
}

// The time of a change is not kept; a resource DLL has no use for it.
void Store(FileTime* out) {
  if (out != nullptr) *out = {};
}

}  // namespace

struct ClusterRegistry::Key {
  std::u16string name;
  std::vector<Property> values;
  std::vector<std::shared_ptr<Key>> subkeys;

  const Property* Value(std::u16string_view value_name) const {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const Property& value) { return SameName(value.name, value_name); });
    return found == values.end() ? nullptr : &*found;
  }

  void Set(Property value) {
    const auto found = std::find_if(values.begin(), values.end(),
                                    [&](const Property& other) { return SameName(other.name, value.name); });
    if (found == values.end()) {
      values.push_back(std::move(value));
    } else {
      *found = std::move(value);
    }
  }

  std::shared_ptr<Key> Subkey(std::u16string_view subkey_name) const {
    const auto found = std::find_if(subkeys.begin(), subkeys.end(),
                                    [&](const auto& subkey) { return SameName(subkey->name, subkey_name); });
    return found == subkeys.end() ? nullptr : *found;
  }
};

ClusterRegistry::ClusterRegistry() = default;
ClusterRegistry::~ClusterRegistry() = default;

std::shared_ptr<ClusterRegistry::Key> ClusterRegistry::Resource(const std::string& resource) {
  std::shared_ptr<Key>& key = resources_[resource];
  if (key == nullptr) {
    key = std::make_shared<Key>();
    key->subkeys.push_back(std::make_shared<Key>(Key{u"Parameters", {}, {}}));
  }
  return key;
}

absl::Status ClusterRegistry::DefineResource(const std::string& resource, const std::string& type,
                                             uint32_t pending_timeout_ms) {
  absl::StatusOr<std::u16string> name = ipc::Utf16FromUtf8(resource);
  if (!name.ok()) return name.status();
  absl::StatusOr<std::u16string> type_name = ipc::Utf16FromUtf8(type);
  if (!type_name.ok()) return type_name.status();
  absl::MutexLock lock(&mutex_);
  const std::shared_ptr<Key> key = Resource(resource);
  key->Set(TextProperty(u"Name", *name));
  key->Set(TextProperty(u"Type", *type_name));
  key->Set(DwordProperty(u"PendingTimeout", pending_timeout_ms));
  return absl::OkStatus();
}

void ClusterRegistry::SetProperty(const std::string& resource, Property property) {
  absl::MutexLock lock(&mutex_);
  Resource(resource)->subkeys.front()->Set(std::move(property));
}

HKEY ClusterRegistry::OpenResourceKey(const std::string& resource) {
  absl::MutexLock lock(&mutex_);
  const auto found = resources_.find(resource);
  if (found == resources_.end() || found->second->values.empty()) return nullptr;
  return Add(found->second, 0);
}

ClusterRegistry::Returned ClusterRegistry::CloseResourceKey(HKEY key) {
  const auto root = reinterpret_cast<uintptr_t>(key);
  absl::MutexLock lock(&mutex_);
  Returned returned;
  returned.was_closed = handles_.erase(root) == 0;
  for (auto handle = handles_.begin(); handle != handles_.end();) {
    if (handle->second.root == root) {
      ++returned.leaked;
      handle = handles_.erase(handle);
    } else {
      ++handle;
    }
  }
  return returned;
}

ClusterRegistry::Key* ClusterRegistry::Find(HKEY key) {
  const auto found = handles_.find(reinterpret_cast<uintptr_t>(key));
  return found == handles_.end() ? nullptr : found->second.key.get();
}

HKEY ClusterRegistry::Add(std::shared_ptr<Key> key, uintptr_t root) {
  const uintptr_t handle = next_handle_;
  next_handle_ += 2;
  handles_[handle] = {std::move(key), root == 0 ? handle : root};
  return reinterpret_cast<HKEY>(handle);
}

HKEY ClusterRegistry::OpenRootKey() {
  absl::MutexLock lock(&mutex_);
  auto all = std::make_shared<Key>(Key{u"Resources", {}, {}});
  for (const auto& [name, key] : resources_) {
    const Property* text = key->Value(u"Name");
    if (text == nullptr) continue;  // only its properties are known yet
    auto named = std::make_shared<Key>(*key);
    named->name = TextOf(reinterpret_cast<const WCHAR*>(text->data.data()));
    all->subkeys.push_back(std::move(named));
  }
  return Add(std::make_shared<Key>(Key{u"", {}, {std::move(all)}}), 0);
}

HKEY ClusterRegistry::OpenKeyOfResource(const WCHAR* name) {
  const std::u16string wanted = TextOf(name);
  absl::MutexLock lock(&mutex_);
  for (const auto& [utf8, key] : resources_) {
    const Property* text = key->Value(u"Name");
    if (text != nullptr && SameName(TextOf(reinterpret_cast<const WCHAR*>(text->data.data())), wanted)) {
      return Add(key, 0);
    }
  }
  return nullptr;
}

ClusterRegistry::Use ClusterRegistry::use() {
  absl::MutexLock lock(&mutex_);
  return use_;
}

uint32_t ClusterRegistry::OpenKey(HKEY key, const WCHAR* subkey, HKEY* result) {
  if (subkey == nullptr || result == nullptr || *subkey == u'\\') return win32::kInvalidParameter;
  const std::u16string path = TextOf(subkey);
  absl::MutexLock lock(&mutex_);
  const auto handle = handles_.find(reinterpret_cast<uintptr_t>(key));
  if (handle == handles_.end()) return win32::kInvalidHandle;
  std::shared_ptr<Key> found = handle->second.key;
  for (size_t begin = 0; begin < path.size() && found != nullptr;) {
    const size_t end = std::min(path.find(u'\\', begin), path.size());
    found = found->Subkey(std::u16string_view(path).substr(begin, end - begin));
    begin = end + 1;
  }
  if (found == nullptr) return win32::kFileNotFound;
  *result = Add(std::move(found), handle->second.root);
  return win32::kSuccess;
}

uint32_t ClusterRegistry::CloseKey(HKEY key) {
  absl::MutexLock lock(&mutex_);
  return handles_.erase(reinterpret_cast<uintptr_t>(key)) == 1 ? win32::kSuccess : win32::kInvalidHandle;
}

// One level at a time is what resource DLLs create.
uint32_t ClusterRegistry::CreateKey(HKEY key, const WCHAR* subkey, HKEY* result, DWORD* disposition) {
  if (subkey == nullptr || *subkey == 0 || result == nullptr) return win32::kInvalidParameter;
  constexpr DWORD kCreated = 1;
  constexpr DWORD kOpened = 2;
  const uint32_t opened = OpenKey(key, subkey, result);
  if (disposition != nullptr) *disposition = opened == win32::kSuccess ? kOpened : kCreated;
  if (opened != win32::kFileNotFound) return opened;
  const std::u16string name = TextOf(subkey);
  if (name.find(u'\\') != std::u16string::npos) return win32::kInvalidParameter;
  absl::MutexLock lock(&mutex_);
  const auto handle = handles_.find(reinterpret_cast<uintptr_t>(key));
  if (handle == handles_.end()) return win32::kInvalidHandle;
  ++use_.writes;
  auto created = std::make_shared<Key>(Key{name, {}, {}});
  handle->second.key->subkeys.push_back(created);
  *result = Add(std::move(created), handle->second.root);
  return win32::kSuccess;
}

uint32_t ClusterRegistry::EnumKey(HKEY key, uint32_t index, WCHAR* name, DWORD* name_chars, FileTime* last_write) {
  if (name == nullptr || name_chars == nullptr) return win32::kInvalidParameter;
  absl::MutexLock lock(&mutex_);
  const Key* found = Find(key);
  if (found == nullptr) return win32::kInvalidHandle;
  if (index >= found->subkeys.size()) return win32::kNoMoreItems;
  Store(last_write);
  return CopyName(found->subkeys[index]->name, name, name_chars);
}

uint32_t ClusterRegistry::EnumValue(HKEY key, uint32_t index, WCHAR* name, DWORD* name_chars, DWORD* type, BYTE* data,
                                    DWORD* data_bytes) {
  if (name == nullptr || name_chars == nullptr) return win32::kInvalidParameter;
  absl::MutexLock lock(&mutex_);
  const Key* found = Find(key);
  if (found == nullptr) return win32::kInvalidHandle;
  ++use_.reads;
  if (index >= found->values.size()) return win32::kNoMoreItems;
  const Property& value = found->values[index];
  // Both sizes are answered even if one buffer is too small, so that one retry is enough.
  const uint32_t data_code = CopyData(value, type, data, data_bytes);
  const uint32_t name_code = CopyName(value.name, name, name_chars);
  return name_code != win32::kSuccess ? name_code : data_code;
}

uint32_t ClusterRegistry::QueryValue(HKEY key, const WCHAR* name, DWORD* type, BYTE* data, DWORD* data_bytes) {
  const std::u16string value_name = TextOf(name);
  absl::MutexLock lock(&mutex_);
  const Key* found = Find(key);
  if (found == nullptr) return win32::kInvalidHandle;
  ++use_.reads;
  const Property* value = found->Value(value_name);
  if (value == nullptr) return win32::kFileNotFound;
  return CopyData(*value, type, data, data_bytes);
}

uint32_t ClusterRegistry::QueryInfoKey(HKEY key, DWORD* subkeys, DWORD* longest_subkey_chars, DWORD* values,
                                       DWORD* longest_value_name_chars, DWORD* longest_value_bytes,
                                       DWORD* security_descriptor_bytes, FileTime* last_write) {
  absl::MutexLock lock(&mutex_);
  const Key* found = Find(key);
  if (found == nullptr) return win32::kInvalidHandle;
  size_t subkey_chars = 0;
  for (const auto& subkey : found->subkeys) subkey_chars = std::max(subkey_chars, subkey->name.size());
  size_t name_chars = 0;
  size_t data_bytes = 0;
  for (const Property& value : found->values) {
    name_chars = std::max(name_chars, value.name.size());
    data_bytes = std::max(data_bytes, value.data.size());
  }
  Store(subkeys, found->subkeys.size());
  Store(longest_subkey_chars, subkey_chars);
  Store(values, found->values.size());
  Store(longest_value_name_chars, name_chars);
  Store(longest_value_bytes, data_bytes);
  Store(security_descriptor_bytes, 0);
  Store(last_write);
  return win32::kSuccess;
}

uint32_t ClusterRegistry::SetValue(HKEY key, const WCHAR* name, uint32_t type, const BYTE* data, uint32_t data_bytes) {
  if (data == nullptr && data_bytes > 0) return win32::kInvalidParameter;
  absl::MutexLock lock(&mutex_);
  Key* found = Find(key);
  if (found == nullptr) return win32::kInvalidHandle;
  ++use_.writes;
  found->Set({TextOf(name), static_cast<RegistryType>(type), {data, data + data_bytes}});
  return win32::kSuccess;
}

uint32_t ClusterRegistry::DeleteValue(HKEY key, const WCHAR* name) {
  const std::u16string value_name = TextOf(name);
  absl::MutexLock lock(&mutex_);
  Key* found = Find(key);
  if (found == nullptr) return win32::kInvalidHandle;
  if (found->Value(value_name) == nullptr) return win32::kFileNotFound;
  ++use_.writes;
  found->values.erase(std::remove_if(found->values.begin(), found->values.end(),
                                     [&](const Property& value) { return SameName(value.name, value_name); }),
                      found->values.end());
  return win32::kSuccess;
}

}  // namespace resource_broker::rhs_host
