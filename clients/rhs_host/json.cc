#include "clients/rhs_host/json.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {
namespace {

void AppendQuoted(absl::string_view value, std::string* text) {
  text->push_back('"');
  for (char c : value) {
    switch (c) {
      case '"':
        *text += "\\\"";
        break;
      case '\\':
        *text += "\\\\";
        break;
      case '\n':
        *text += "\\n";
        break;
      case '\r':
        *text += "\\r";
        break;
      case '\t':
        *text += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          absl::StrAppendFormat(text, "\\u%04x", static_cast<unsigned>(c));
        } else {
          text->push_back(c);
        }
    }
  }
  text->push_back('"');
}

}  // namespace

void JsonLine::Name(absl::string_view name) {
  if (text_.size() > 1) text_ += ", ";
  AppendQuoted(name, &text_);
  text_ += ": ";
}

void JsonLine::Add(absl::string_view name, std::nullptr_t) {
  Name(name);
  text_ += "null";
}

void JsonLine::Add(absl::string_view name, bool value) {
  Name(name);
  text_ += value ? "true" : "false";
}

void JsonLine::Add(absl::string_view name, uint64_t value) {
  Name(name);
  absl::StrAppend(&text_, value);
}

void JsonLine::Add(absl::string_view name, int64_t value) {
  Name(name);
  absl::StrAppend(&text_, value);
}

void JsonLine::Add(absl::string_view name, double value) {
  Name(name);
  absl::StrAppendFormat(&text_, "%.3f", value);
}

void JsonLine::Add(absl::string_view name, const std::string& value) {
  Name(name);
  AppendQuoted(value, &text_);
}

}  // namespace resource_broker::rhs_host
