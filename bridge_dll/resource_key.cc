#include "bridge_dll/resource_key.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bridge_dll/registry_value.h"
#include "ipc/utf16.h"

namespace resource_broker::bridge {
namespace {

// The contract's limit, and what a cluster database would never hold: its whole is replicated at every change.
constexpr resapi::DWORD kMaxProperties = 512;
constexpr size_t kMaxValueBytes = 256 << 10;
constexpr size_t kMaxTotalBytes = 1 << 20;
// The registry's own limit, with the terminating zero.
constexpr size_t kMaxNameUnits = 16384;
constexpr size_t kFirstValueBytes = 1024;

struct Value {
  resapi::DWORD type = resapi::REG_TYPE_NONE;
  std::vector<uint8_t> data;
};

// A named value, if it is there and no larger than a value may be.
std::optional<Value> Query(const ClusterRegistry& registry, resapi::HKEY key, const resapi::WCHAR* name) {
  Value value;
  value.data.resize(kFirstValueBytes);
  auto size = static_cast<resapi::DWORD>(value.data.size());
  auto code = static_cast<resapi::DWORD>(registry.query_value(key, name, &value.type, value.data.data(), &size));
  if (code == resapi::CLUSTER_REG_MORE_DATA && size <= kMaxValueBytes) {
    value.data.resize(size);
    code = static_cast<resapi::DWORD>(registry.query_value(key, name, &value.type, value.data.data(), &size));
  }
  if (code != 0 || size > value.data.size()) return std::nullopt;
  value.data.resize(size);
  return value;
}

std::string Shown(const std::u16string& name) {
  absl::StatusOr<std::string> text = ipc::Utf8FromUtf16(name.substr(0, 64));
  return text.ok() ? *std::move(text) : "(not valid UTF-16)";
}

// Walks the values of one key.
class Enumeration {
 public:
  Enumeration(const ClusterRegistry& registry, resapi::HKEY key)
      : registry_(registry), key_(key), name_(kMaxNameUnits), data_(kFirstValueBytes) {}

  // The code of the `index`th; with 0 name() and value() are its.
  resapi::DWORD Read(resapi::DWORD index) {
    resapi::DWORD code = TryRead(index);
    if (code == resapi::CLUSTER_REG_MORE_DATA && data_size_ > data_.size() && data_size_ <= kMaxValueBytes) {
      data_.resize(data_size_);
      code = TryRead(index);
    }
    return code;
  }

  std::u16string name() const { return {name_.begin(), name_.begin() + name_size_}; }
  Value value() const { return {type_, {data_.begin(), data_.begin() + data_size_}}; }

 private:
  resapi::DWORD TryRead(resapi::DWORD index) {
    name_size_ = static_cast<resapi::DWORD>(name_.size());
    data_size_ = static_cast<resapi::DWORD>(data_.size());
    const resapi::DWORD code =
        registry_.enum_value(key_, index, name_.data(), &name_size_, &type_, data_.data(), &data_size_);
    if (code != 0) return code;
    // What the host says of its sizes is not taken on trust.
    return name_size_ < name_.size() && data_size_ <= data_.size() ? 0 : resapi::CLUSTER_REG_MORE_DATA;
  }

  const ClusterRegistry& registry_;
  const resapi::HKEY key_;
  std::vector<resapi::WCHAR> name_;
  std::vector<uint8_t> data_;
  resapi::DWORD name_size_ = 0;
  resapi::DWORD data_size_ = 0;
  resapi::DWORD type_ = resapi::REG_TYPE_NONE;
};

}  // namespace

ResourceKey::ResourceKey(const ClusterRegistry* registry, resapi::HKEY key) : registry_(registry) {
  if (registry_ == nullptr || key == nullptr) return;
  if (registry_->open_key(key, RESAPI_TEXT("Parameters"), resapi::CLUSTER_KEY_READ, &parameters_) != 0) {
    parameters_ = nullptr;
  }
  if (const std::optional<Value> value = Query(*registry_, key, RESAPI_TEXT("PendingTimeout")); value.has_value()) {
    const v1::PropertyValue timeout = PropertyFromRegistry(value->type, value->data);
    // The cluster's own minimum is 10.
    if (timeout.has_number()) pending_timeout_ = std::chrono::milliseconds(std::max(timeout.number(), 10U));
  }
  if (const std::optional<Value> value = Query(*registry_, key, RESAPI_TEXT("Type")); value.has_value()) {
    type_ = PropertyFromRegistry(value->type, value->data).text();
  }
}

ResourceKey::~ResourceKey() {
  if (parameters_ != nullptr) registry_->close_key(parameters_);
}

Properties ResourceKey::ReadProperties(std::vector<std::string>* complaints) const {
  Properties properties;
  if (parameters_ == nullptr) return properties;
  Enumeration values(*registry_, parameters_);
  size_t total = 0;
  for (resapi::DWORD index = 0;; ++index) {
    const resapi::DWORD code = values.Read(index);
    if (code == resapi::CLUSTER_REG_NO_MORE_ITEMS) return properties;
    if (index == kMaxProperties) {
      complaints->push_back(absl::StrCat("more than ", kMaxProperties, " properties: the rest is left out"));
      return properties;
    }
    if (code == resapi::CLUSTER_REG_MORE_DATA) {
      complaints->push_back(absl::StrCat("property ", index, " is larger than ", kMaxValueBytes, " bytes: left out"));
      continue;
    }
    if (code != 0) {
      complaints->push_back(absl::StrCat("property ", index, " could not be read: ", code));
      return properties;
    }
    const Value value = values.value();
    absl::StatusOr<std::string> name = ipc::Utf8FromUtf16(values.name());
    if (!name.ok()) {
      complaints->push_back(absl::StrCat("property ", index, "'s name is not valid UTF-16: left out"));
      continue;
    }
    total += name->size() + value.data.size();
    if (total > kMaxTotalBytes) {
      complaints->push_back(absl::StrCat("from property ", Shown(values.name()), " on they are more than ",
                                         kMaxTotalBytes, " bytes: left out"));
      return properties;
    }
    properties.emplace(*std::move(name), PropertyFromRegistry(value.type, value.data));
  }
}

}  // namespace resource_broker::bridge
