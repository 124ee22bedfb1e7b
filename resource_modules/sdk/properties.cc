#include "resource_modules/sdk/properties.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "resource_modules/sdk/program.h"

namespace resource_broker::sdk {
namespace {

using v1::PropertyValue;

std::string ExpandReferences(absl::string_view text) {
  std::string expanded;
  while (!text.empty()) {
    size_t open = text.find('%');
    size_t close = open == text.npos ? text.npos : text.find('%', open + 1);
    if (close == text.npos) break;
    std::string name(text.substr(open + 1, close - open - 1));
    std::optional<std::string> value;
    if (!name.empty()) value = EnvironmentVariable(name);
    if (value.has_value()) {
      absl::StrAppend(&expanded, text.substr(0, open), *value);
      text.remove_prefix(close + 1);
    } else {
      // The second sign may open the next reference.
      absl::StrAppend(&expanded, text.substr(0, close));
      text.remove_prefix(close);
    }
  }
  return absl::StrCat(expanded, text);
}

std::string TypeName(const PropertyValue& value) {
  switch (value.value_case()) {
    case PropertyValue::kText:
    case PropertyValue::kExpandText:
      return "text";
    case PropertyValue::kNumber:
    case PropertyValue::kBigNumber:
      return "a number";
    case PropertyValue::kTextList:
      return "a list of texts";
    case PropertyValue::kBinary:
      return "binary";
    case PropertyValue::VALUE_NOT_SET:
      break;
  }
  return "without a value";
}

}  // namespace

bool Properties::WithoutCase::operator()(absl::string_view a, absl::string_view b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return absl::ascii_tolower(static_cast<unsigned char>(x)) < absl::ascii_tolower(static_cast<unsigned char>(y));
  });
}

Properties::Properties(std::string what) : what_(std::move(what)) {}

Properties::Properties(std::string what, const google::protobuf::Map<std::string, PropertyValue>& values)
    : what_(std::move(what)) {
  for (const auto& [name, value] : values) Set(name, value);
}

void Properties::Set(absl::string_view name, PropertyValue value) {
  values_.insert_or_assign(std::string(name), std::move(value));
}

bool Properties::Has(absl::string_view name) const { return Find(name) != nullptr; }

const PropertyValue* Properties::Find(absl::string_view name) const {
  auto found = values_.find(name);
  return found == values_.end() ? nullptr : &found->second;
}

absl::Status Properties::Missing(absl::string_view name) const {
  return absl::InvalidArgumentError(absl::StrCat(what_, " ", name, " is missing"));
}

absl::Status Properties::Wrong(absl::string_view name, absl::string_view expected) const {
  return absl::InvalidArgumentError(absl::StrCat(what_, " ", name, " must be ", expected));
}

absl::StatusOr<std::string> Properties::Text(absl::string_view name) const {
  const PropertyValue* value = Find(name);
  if (value == nullptr) return Missing(name);
  if (value->has_text()) return value->text();
  if (value->has_expand_text()) return ExpandReferences(value->expand_text());
  return Wrong(name, absl::StrCat("text and is ", TypeName(*value)));
}

absl::StatusOr<std::string> Properties::Text(absl::string_view name, absl::string_view fallback) const {
  return Has(name) ? Text(name) : absl::StatusOr<std::string>(std::string(fallback));
}

absl::StatusOr<uint64_t> Properties::Number(absl::string_view name, uint64_t min, uint64_t max) const {
  const PropertyValue* value = Find(name);
  if (value == nullptr) return Missing(name);
  uint64_t number = 0;
  if (value->has_number()) {
    number = value->number();
  } else if (value->has_big_number()) {
    number = value->big_number();
  } else if (!value->has_text() || !absl::SimpleAtoi(value->text(), &number)) {
    return Wrong(name, absl::StrCat("a number and is ", TypeName(*value)));
  }
  if (number < min || number > max) return Wrong(name, absl::StrCat(min, " to ", max, " and is ", number));
  return number;
}

absl::StatusOr<uint64_t> Properties::Number(absl::string_view name, uint64_t min, uint64_t max,
                                            uint64_t fallback) const {
  return Has(name) ? Number(name, min, max) : absl::StatusOr<uint64_t>(fallback);
}

absl::StatusOr<bool> Properties::Switch(absl::string_view name, bool fallback) const {
  absl::StatusOr<uint64_t> number = Number(name, 0, 1, fallback ? 1 : 0);
  if (!number.ok()) return number.status();
  return *number == 1;
}

absl::StatusOr<std::chrono::milliseconds> Properties::Milliseconds(absl::string_view name,
                                                                   std::chrono::milliseconds fallback) const {
  if (!Has(name)) return fallback;
  absl::StatusOr<uint64_t> number = Number(name, 1, static_cast<uint64_t>(kMaxDuration.count()));
  if (!number.ok()) return number.status();
  return std::chrono::milliseconds(*number);
}

absl::StatusOr<std::vector<std::string>> Properties::TextList(absl::string_view name) const {
  const PropertyValue* value = Find(name);
  if (value == nullptr) return std::vector<std::string>();
  if (value->has_text_list()) {
    return std::vector<std::string>(value->text_list().values().begin(), value->text_list().values().end());
  }
  absl::StatusOr<std::string> text = Text(name);
  if (!text.ok()) return Wrong(name, absl::StrCat("a list of texts and is ", TypeName(*value)));
  return std::vector<std::string>{*std::move(text)};
}

}  // namespace resource_broker::sdk
