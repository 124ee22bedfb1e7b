// Answers in the forms that programs read.
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/brokerctl/answer.h"
#include "google/protobuf/message.h"

namespace resource_broker::brokerctl {

// proto3's JSON form, in which ids are base64; on one line if `compact`. Ends with a line's end.
std::string FormatJson(const google::protobuf::Message& message, bool compact, bool every_field = false);

// `text` as a JSON string, with its quotes.
std::string JsonString(absl::string_view text);

// {"code": "UNAVAILABLE", "message": "…"}, on one line.
std::string JsonError(const absl::Status& status);

// The lines an answer is in JSON lines, each without an end.
std::vector<std::string> JsonItems(const Answer& answer);

// The same document in YAML. Internal for what is not JSON.
absl::StatusOr<std::string> YamlOfJson(const std::string& json);

}  // namespace resource_broker::brokerctl
