#include "broker_service/host/json_shape.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Kind = JsonValue::Kind;

constexpr size_t kMaxShownBytes = 64;

// How many characters are to be put in, taken out or replaced.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

// The key that `name` may be meant for: the nearest of this object, or the same name one object further in.
std::string Nearest(const std::string& name, const Descriptor& type) {
  const std::string lower = absl::AsciiStrToLower(CutText(name, kMaxShownBytes));
  std::string nearest;
  size_t least = std::max<size_t>(2, lower.size() / 3) + 1;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const size_t distance = Distance(lower, absl::AsciiStrToLower(field.json_name()));
    if (distance < least) {
      least = distance;
      nearest = field.json_name();
    }
    if (field.message_type() == nullptr || field.is_repeated()) continue;
    for (int j = 0; j < field.message_type()->field_count(); ++j) {
      const std::string& inner = field.message_type()->field(j)->json_name();
      if (least > 0 && absl::AsciiStrToLower(inner) == lower) {
        least = 0;
        nearest = absl::StrCat(field.json_name(), ".", inner);
      }
    }
  }
  return nearest;
}

const FieldDescriptor* FindField(const Descriptor& type, const std::string& name) {
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == name || type.field(i)->name() == name) return type.field(i);
  }
  return nullptr;
}

std::string Shown(const JsonValue& value) {
  switch (value.kind) {
    case Kind::kText:
      return absl::StrCat("the text \"", CutText(value.text, kMaxShownBytes), "\"");
    case Kind::kList:
      return "a list";
    case Kind::kObject:
      return "an object";
    default:
      return CutText(value.text, kMaxShownBytes);
  }
}

class Checker {
 public:
  explicit Checker(const NumberRange& range) : range_(range) {}

  absl::Status Object(const std::string& key, const JsonValue& value, const Descriptor& type) {
    if (value.kind != Kind::kObject) {
      if (key.empty()) {
        return absl::InvalidArgumentError(
            absl::StrCat(ToString(value.place), ": the configuration is an object in braces, not ", Shown(value)));
      }
      return Wrong(key, "an object in braces", value);
    }
    std::map<const FieldDescriptor*, TextPlace> seen;
    for (const JsonMember& member : value.members) {
      const FieldDescriptor* field = FindField(type, member.name);
      const std::string inner = absl::StrCat(
          key, key.empty() ? "" : ".", field == nullptr ? CutText(member.name, kMaxShownBytes) : field->json_name());
      if (field == nullptr) {
        const std::string nearest = Nearest(member.name, type);
        return absl::InvalidArgumentError(absl::StrCat(inner, ": unknown key (", ToString(member.place), ")",
                                                       nearest.empty() ? "" : "; did you mean ", nearest,
                                                       nearest.empty() ? "" : "?"));
      }
      const auto [first, is_new] = seen.emplace(field, member.place);
      if (!is_new) {
        return absl::InvalidArgumentError(absl::StrCat(inner, ": is there twice (", ToString(first->second), " and ",
                                                       ToString(member.place), "); take one out"));
      }
      if (absl::Status status = Field(inner, member.value, *field); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Field(const std::string& key, const JsonValue& value, const FieldDescriptor& field) {
    // As absent.
    if (value.kind == Kind::kNull) return absl::OkStatus();
    if (!field.is_repeated()) return One(key, value, field);
    if (value.kind != Kind::kList) return Wrong(key, "a list in brackets", value);
    for (size_t i = 0; i < value.items.size(); ++i) {
      const std::string item = absl::StrCat(key, "[", i, "]");
      if (absl::Status status = One(item, value.items[i], field); !status.ok()) return status;
    }
    return absl::OkStatus();
  }

  absl::Status One(const std::string& key, const JsonValue& value, const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Object(key, value, *field.message_type());
      case FieldDescriptor::CPPTYPE_BOOL:
        return value.kind == Kind::kBool ? absl::OkStatus() : Wrong(key, "true or false", value);
      case FieldDescriptor::CPPTYPE_STRING:
        return value.kind == Kind::kText ? absl::OkStatus() : Wrong(key, "a text in double quotes", value);
      case FieldDescriptor::CPPTYPE_UINT64:
        // Other programs' JSON has no numbers of that size.
        if (value.kind == Kind::kText) {
          uint64_t number = 0;
          return absl::SimpleAtoi(value.text, &number) ? absl::OkStatus() : Wrong(key, "a whole number", value);
        }
        return Number(key, value, std::ldexp(1.0, 64));
      default:
        return Number(key, value, std::ldexp(1.0, 32));
    }
  }

  absl::Status Number(const std::string& key, const JsonValue& value, double limit) {
    const std::string range = range_(key);
    double number = 0;
    const bool whole = value.kind == Kind::kNumber && absl::SimpleAtod(value.text, &number) && number >= 0 &&
                       number < limit && number == std::floor(number);
    if (whole) return absl::OkStatus();
    return Wrong(key, absl::StrCat("a whole number", range.empty() ? "" : ", ", range), value);
  }

  static absl::Status Wrong(const std::string& key, absl::string_view what, const JsonValue& value) {
    return absl::InvalidArgumentError(
        absl::StrCat(key, ": must be ", what, ", not ", Shown(value), " (", ToString(value.place), ")"));
  }

  const NumberRange& range_;
};

}  // namespace

absl::Status CheckShape(const JsonValue& value, const Descriptor& type, const NumberRange& range) {
  return Checker(range).Object("", value, type);
}

}  // namespace resource_broker::broker
