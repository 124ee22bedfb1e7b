// One JSON object on one line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

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

}  // namespace resource_broker::rhs_host
