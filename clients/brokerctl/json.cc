#include "clients/brokerctl/json.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/json_util.h"

namespace resource_broker::brokerctl {

std::string FormatJson(const google::protobuf::Message& message, bool compact, bool every_field) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !compact;
  options.always_print_primitive_fields = every_field;
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text, options);
  if (!status.ok()) return absl::StrCat("{\"error\": ", JsonString(status.ToString()), "}\n");
  if (text.empty() || text.back() != '\n') text.push_back('\n');
  return text;
}

std::string JsonString(absl::string_view text) {
  std::string quoted = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      quoted.append({'\\', character});
    } else if (byte < 0x20 || byte == 0x7F) {
      absl::StrAppendFormat(&quoted, "\\u%04x", byte);
    } else {
      quoted.push_back(character);
    }
  }
  return quoted + "\"";
}

std::string JsonError(const absl::Status& status) {
  return absl::StrCat("{\"code\": ", JsonString(absl::StatusCodeToString(status.code())),
                      ", \"message\": ", JsonString(status.message()), "}");
}

std::vector<std::string> JsonItems(const Answer& answer) {
  std::vector<std::string> lines;
  const auto add = [&](const google::protobuf::Message& message) {
    const std::string line = FormatJson(message, /*compact=*/true, answer.every_field);
    lines.emplace_back(absl::StripSuffix(line, "\n"));
  };
  const google::protobuf::Message& message = *answer.message;
  const google::protobuf::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(answer.items);
  if (field == nullptr) {
    add(message);
    return lines;
  }
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < reflection.FieldSize(message, field); ++i) add(reflection.GetRepeatedMessage(message, field, i));
  return lines;
}

}  // namespace resource_broker::brokerctl
