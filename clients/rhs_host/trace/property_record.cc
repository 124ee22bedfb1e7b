#include "clients/rhs_host/trace/property_record.h"

#include "absl/strings/str_cat.h"
#include "clients/rhs_host/bytes.h"
#include "clients/rhs_host/text.h"

namespace resource_broker::rhs_host {

Record PropertyRecord(const std::string& resource, const Property& property) {
  const std::string name = Readable(property.name);
  return {RecordKind::kProperty,
          resource,
          absl::StrCat("property ", name),
          {{"name", name},
           {"type", uint64_t{static_cast<uint32_t>(property.type)}},
           {"data", FormatHexadecimal(property.data)}}};
}

}  // namespace resource_broker::rhs_host
