// One registry value as a private property of a resource, and how it is written on a command line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bridge_dll/clusapi.h"

namespace resource_broker::rhs_host {

enum class RegistryType : uint32_t {
  kText = resapi::REG_TYPE_SZ,
  kExpandText = resapi::REG_TYPE_EXPAND_SZ,
  kBinary = resapi::REG_TYPE_BINARY,
  kDword = resapi::REG_TYPE_DWORD,
  kTextList = resapi::REG_TYPE_MULTI_SZ,
  kQword = resapi::REG_TYPE_QWORD,
};

struct Property {
  std::u16string name;
  RegistryType type = RegistryType::kText;
  // As the registry keeps it: text with its terminating NUL, a list with the NUL that ends it, numbers little-endian.
  std::vector<uint8_t> data;
};

// A value of type REG_SZ, REG_EXPAND_SZ, and so on, from its parts.
Property TextProperty(std::u16string_view name, std::u16string_view value);
Property DwordProperty(std::u16string_view name, uint32_t value);

// "Name=value" is text; "Name:TYPE=value" with TYPE one of text, expand, dword, qword (decimal or 0x), multi (values
// between semicolons; none: an empty list) and binary (hexadecimal digits). Everything after the first '=' is the
// value. InvalidArgument names what is wrong.
absl::StatusOr<Property> ParseProperty(absl::string_view text);

// The same with "resource:" in front: "r1:Module=generic_service". A resource's name here has no colon.
struct ResourceProperty {
  std::string resource;
  Property property;
};
absl::StatusOr<ResourceProperty> ParseResourceProperty(absl::string_view text);

}  // namespace resource_broker::rhs_host
