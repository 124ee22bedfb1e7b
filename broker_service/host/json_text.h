// JSON as somebody has written it, with where each thing of it stands.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace resource_broker::broker {

// Both from 1; columns are characters.
struct TextPlace {
  uint32_t line = 1;
  uint32_t column = 1;
};
// "line 3, column 7"
std::string ToString(const TextPlace& place);

struct JsonMember;

struct JsonValue {
  enum class Kind { kNull, kBool, kNumber, kText, kList, kObject };
  Kind kind = Kind::kNull;
  TextPlace place;
  // Of a text what it says, of the other simple ones as it is written.
  std::string text;
  std::vector<JsonValue> items;
  // As written: two may have one name.
  std::vector<JsonMember> members;
};

struct JsonMember {
  std::string name;
  TextPlace place;
  JsonValue value;
};

// One value and nothing else, by RFC 8259 to the letter. InvalidArgument names line, column and reason; so do bytes
// that are not UTF-8, and what is nested too deep.
absl::StatusOr<JsonValue> ReadJson(std::string_view text);

}  // namespace resource_broker::broker
