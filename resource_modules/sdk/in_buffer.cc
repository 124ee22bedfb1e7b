#include "resource_modules/sdk/in_buffer.h"

#include <cmath>
#include <string>
#include <utility>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "resource_modules/sdk/property_list.h"

namespace resource_broker::sdk {
namespace {

// Whole numbers above this are not exact in JSON.
constexpr double kLargestExactNumber = 9007199254740992.0;

// VALUE_NOT_SET for what has no counterpart.
v1::PropertyValue FromJson(const google::protobuf::Value& json) {
  v1::PropertyValue value;
  switch (json.kind_case()) {
    case google::protobuf::Value::kNumberValue: {
      double number = json.number_value();
      if (number >= 0 && number <= kLargestExactNumber && number == std::floor(number)) {
        value.set_big_number(static_cast<uint64_t>(number));
      }
      break;
    }
    case google::protobuf::Value::kBoolValue:
      value.set_number(json.bool_value() ? 1 : 0);
      break;
    case google::protobuf::Value::kStringValue:
      value.set_text(json.string_value());
      break;
    case google::protobuf::Value::kListValue: {
      v1::PropertyValue::TextList list;
      for (const google::protobuf::Value& element : json.list_value().values()) {
        if (!element.has_string_value()) return value;
        list.add_values(element.string_value());
      }
      *value.mutable_text_list() = std::move(list);
      break;
    }
    default:
      break;
  }
  return value;
}

absl::StatusOr<Properties> ParseJson(absl::string_view json) {
  google::protobuf::Struct object;
  auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &object);
  if (!status.ok()) {
    // The parser would say where, and quote what stands there: what an InBuffer holds is not for logs.
    return absl::InvalidArgumentError("not a JSON object");
  }
  Properties values("InBuffer's");
  for (const auto& [name, field] : object.fields()) {
    v1::PropertyValue value = FromJson(field);
    if (value.value_case() != v1::PropertyValue::VALUE_NOT_SET) values.Set(name, std::move(value));
  }
  return values;
}

}  // namespace

absl::StatusOr<Properties> ParseInBuffer(absl::string_view in_buffer) {
  if (in_buffer.empty()) return Properties("InBuffer's");
  return in_buffer[0] == '{' ? ParseJson(in_buffer) : ParsePropertyList(in_buffer);
}

}  // namespace resource_broker::sdk
