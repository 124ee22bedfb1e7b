#include "clients/brokerctl/output.h"

#include "google/protobuf/util/json_util.h"

namespace resource_broker::brokerctl {
namespace {

std::string Json(const google::protobuf::Message& message, bool indented) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = indented;
  // A field that is 0 or empty is there, so that programs need not know which are.
  options.always_print_primitive_fields = true;
  std::string json;
  // Only a message with an unknown type in an Any can fail, and none has one.
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) json = "{}";
  while (!json.empty() && json.back() == '\n') json.pop_back();
  return json + "\n";
}

}  // namespace

void Output::Print(const google::protobuf::Message& message, const std::string& text) {
  *out_ << (json_ ? Json(message, true) : text) << std::flush;
}

void Output::PrintLine(const google::protobuf::Message& message, const std::string& text) {
  *out_ << (json_ ? Json(message, false) : text) << std::flush;
}

}  // namespace resource_broker::brokerctl
