// One JSON object on one line, written and read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {

// Collects members in the order they are added. Names and strings are UTF-8; control characters are escaped.
class JsonLine {
 public:
  void Add(absl::string_view name, std::nullptr_t);
  void Add(absl::string_view name, bool value);
  void Add(absl::string_view name, uint64_t value);
  void Add(absl::string_view name, int64_t value);
  // Three digits after the point: times in milliseconds.
  void Add(absl::string_view name, double value);
  void Add(absl::string_view name, const std::string& value);

  // The object, without a newline.
  std::string Finish() const { return text_ + "}"; }

 private:
  void Name(absl::string_view name);

  std::string text_ = "{";
};

using JsonValue = std::variant<std::nullptr_t, bool, double, std::string>;

// Reads what JsonLine writes: a flat object of strings, numbers, true, false and null. InvalidArgument for anything
// else. Of members with one name the last counts.
absl::StatusOr<std::map<std::string, JsonValue>> ParseJsonLine(absl::string_view text);

}  // namespace resource_broker::rhs_host
