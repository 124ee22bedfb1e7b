#include "resource_modules/generic_script/step_input.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::generic_script {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;
using v1::PropertyValue;

// What JSON's numbers hold exactly.
constexpr uint64_t kLargestExactNumber = uint64_t{1} << 53;

Value Text(std::string text) {
  Value value;
  value.set_string_value(std::move(text));
  return value;
}

Value Number(uint64_t number) {
  if (number > kLargestExactNumber) return Text(absl::StrCat(number));
  Value value;
  value.set_number_value(static_cast<double>(number));
  return value;
}

Value Truth(bool truth) {
  Value value;
  value.set_bool_value(truth);
  return value;
}

// Null for nullopt.
Value Optional(const std::optional<std::string>& text) {
  if (text.has_value()) return Text(*text);
  Value value;
  value.set_null_value(google::protobuf::NULL_VALUE);
  return value;
}

Value Property(const PropertyValue& property) {
  Value value;
  switch (property.value_case()) {
    case PropertyValue::kText:
      return Text(property.text());
    case PropertyValue::kExpandText:
      return Text(property.expand_text());
    case PropertyValue::kNumber:
      return Number(property.number());
    case PropertyValue::kBigNumber:
      return Number(property.big_number());
    case PropertyValue::kBinary:
      return Text(absl::Base64Escape(property.binary()));
    case PropertyValue::kTextList:
      value.mutable_list_value();
      for (const std::string& text : property.text_list().values()) {
        *value.mutable_list_value()->add_values() = Text(text);
      }
      return value;
    case PropertyValue::VALUE_NOT_SET:
      break;
  }
  return Optional(std::nullopt);
}

Struct Common(const std::string& step, const sdk::Resource& resource) {
  Struct input;
  auto& fields = *input.mutable_fields();
  fields["step"] = Text(step);
  fields["resource"] = Text(resource.name);
  fields["resourceType"] = Text(resource.type);
  auto& properties = *fields["properties"].mutable_struct_value()->mutable_fields();
  for (const auto& [name, property] : resource.properties.values()) properties[name] = Property(property);
  return input;
}

std::string ToJson(const Struct& input) {
  std::string json;
  // Texts come from protobuf messages and are valid UTF-8, so nothing can fail.
  (void)google::protobuf::util::MessageToJsonString(input, &json);
  return json + "\n";
}

}  // namespace

std::string StepInput(const std::string& step, const sdk::Resource& resource) { return ToJson(Common(step, resource)); }

std::string OperationInput(const std::string& step, sdk::Operation& operation) {
  Struct input = Common(step, operation.resource());
  auto& fields = *input.mutable_fields();
  fields["operationId"] = Text(absl::BytesToHexString(operation.id()));
  fields["attempt"] = Number(operation.attempt());
  fields["flags"] = Number(operation.flags().raw());
  fields["hard"] = Truth(operation.hard());
  fields["destinationNode"] = Optional(operation.destination_node());
  fields["reserved"] = Number(operation.reserved());
  std::optional<std::string> in_buffer = operation.in_buffer();
  if (in_buffer.has_value()) in_buffer = absl::Base64Escape(*in_buffer);
  fields["inBuffer"] = Optional(in_buffer);
  fields["restore"] = Truth(operation.restore());
  return ToJson(input);
}

}  // namespace resource_broker::generic_script
