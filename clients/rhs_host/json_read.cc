#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/rhs_host/json.h"
#include "clients/rhs_host/text.h"

namespace resource_broker::rhs_host {
namespace {

class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  bool Take(absl::string_view token) {
    Skip();
    return absl::ConsumePrefix(&rest_, token);
  }

  bool AtEnd() {
    Skip();
    return rest_.empty();
  }

  bool ReadString(std::string* text) {
    if (!Take("\"")) return false;
    while (!rest_.empty()) {
      const char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c != '\\') {
        text->push_back(c);
      } else if (!ReadEscape(text)) {
        return false;
      }
    }
    return false;
  }

  bool ReadValue(JsonValue* value) {
    Skip();
    if (absl::StartsWith(rest_, "\"")) {
      std::string text;
      if (!ReadString(&text)) return false;
      *value = std::move(text);
      return true;
    }
    if (Take("null")) return *value = nullptr, true;
    if (Take("true")) return *value = true, true;
    if (Take("false")) return *value = false, true;
    const size_t length = std::min(rest_.find_first_of(",} "), rest_.size());
    double number = 0;
    if (!absl::SimpleAtod(rest_.substr(0, length), &number)) return false;
    rest_.remove_prefix(length);
    *value = number;
    return true;
  }

 private:
  void Skip() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }

  bool ReadEscape(std::string* text) {
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    constexpr absl::string_view kEscapes = "\"\\/bfnrt";
    constexpr absl::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (const size_t known = kEscapes.find(c); known != absl::string_view::npos) {
      text->push_back(kMeanings[known]);
      return true;
    }
    uint32_t unit = 0;
    if (c != 'u' || rest_.size() < 4 || !absl::SimpleHexAtoi(rest_.substr(0, 4), &unit)) return false;
    rest_.remove_prefix(4);
    // Control characters alone are written like this.
    const auto one = static_cast<char16_t>(unit);
    absl::StrAppend(text, Readable(std::u16string_view(&one, 1)));
    return true;
  }

  absl::string_view rest_;
};

}  // namespace

absl::StatusOr<std::map<std::string, JsonValue>> ParseJsonLine(absl::string_view text) {
  const auto wrong = absl::InvalidArgumentError(absl::StrCat("not a flat JSON object: ", text.substr(0, 80)));
  Reader reader(text);
  std::map<std::string, JsonValue> members;
  if (!reader.Take("{")) return wrong;
  if (!reader.Take("}")) {
    do {
      std::string name;
      JsonValue value;
      if (!reader.ReadString(&name) || !reader.Take(":") || !reader.ReadValue(&value)) return wrong;
      members[name] = std::move(value);
    } while (reader.Take(","));
    if (!reader.Take("}")) return wrong;
  }
  if (!reader.AtEnd()) return wrong;
  return members;
}

}  // namespace resource_broker::rhs_host
