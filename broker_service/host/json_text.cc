#include "broker_service/host/json_text.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

constexpr int kMaxDepth = 64;

void Advance(absl::string_view over, TextPlace* place) {
  for (const char c : over) {
    if (c == '\n') {
      ++place->line;
      place->column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++place->column;
    }
  }
}

TextPlace PlaceOf(absl::string_view text, size_t offset) {
  TextPlace place;
  Advance(text.substr(0, offset), &place);
  return place;
}

void AppendUtf8(uint32_t code, std::string* to) {
  const auto byte = [to](uint32_t value) { *to += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | code >> 6);
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | code >> 12);
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | code >> 18);
    byte(0x80 | (code >> 12 & 0x3F));
    byte(0x80 | (code >> 6 & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  absl::StatusOr<JsonValue> Read() {
    JsonValue value;
    SkipSpace();
    if (at_ == text_.size()) return absl::InvalidArgumentError("is empty; write {} where all defaults are right");
    if (!Value(0, &value)) return Fault();
    SkipSpace();
    if (at_ != text_.size()) {
      Fail("there is more after the end of the configuration");
      return Fault();
    }
    return value;
  }

 private:
  bool Fail(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }
  absl::Status Fault() const {
    return absl::InvalidArgumentError(absl::StrCat(ToString(PlaceOf(text_, at_)), ": ", reason_));
  }

  // Counted on from the last one: of a large text each character is counted once.
  TextPlace Place() {
    Advance(text_.substr(counted_, at_ - counted_), &place_);
    counted_ = at_;
    return place_;
  }
  char Next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (Next() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void SkipSpace() {
    while (at_ < text_.size() && absl::string_view(" \t\r\n").find(text_[at_]) != absl::string_view::npos) ++at_;
  }
  // What stands here, for a message.
  std::string Here() const {
    if (at_ == text_.size()) return "the end";
    return absl::StrCat("\"", text_.substr(at_, 1) == "\"" ? "\\\"" : CutText(std::string(text_.substr(at_, 4)), 1),
                        "\"");
  }
  bool Expected(absl::string_view what) {
    if (Next() == '/' || Next() == '#') return Fail("JSON has no comments");
    return Fail(absl::StrCat(what, " is expected, not ", Here()));
  }

  bool Value(int depth, JsonValue* value) {
    value->place = Place();
    if (depth > kMaxDepth) return Fail("is nested too deep");
    switch (Next()) {
      case '{':
        return Object(depth, value);
      case '[':
        return List(depth, value);
      case '"':
        value->kind = JsonValue::Kind::kText;
        return Text(&value->text);
      case '\'':
        return Fail("texts stand in double quotes");
      default:
        return Word(value);
    }
  }

  bool Object(int depth, JsonValue* value) {
    value->kind = JsonValue::Kind::kObject;
    ++at_;
    SkipSpace();
    if (Take('}')) return true;
    while (true) {
      JsonMember member;
      member.place = Place();
      if (Next() != '"') return Expected("a key in double quotes");
      if (!Text(&member.name)) return false;
      SkipSpace();
      if (!Take(':')) return Expected("\":\" after the key");
      SkipSpace();
      if (!Value(depth + 1, &member.value)) return false;
      value->members.push_back(std::move(member));
      SkipSpace();
      if (Take('}')) return true;
      if (!TakeComma('}')) return false;
    }
  }

  bool List(int depth, JsonValue* value) {
    value->kind = JsonValue::Kind::kList;
    ++at_;
    SkipSpace();
    if (Take(']')) return true;
    while (true) {
      JsonValue item;
      if (!Value(depth + 1, &item)) return false;
      value->items.push_back(std::move(item));
      SkipSpace();
      if (Take(']')) return true;
      if (!TakeComma(']')) return false;
    }
  }

  bool TakeComma(char end) {
    const size_t comma = at_;
    if (!Take(',')) return Expected(absl::StrCat("\",\" or \"", std::string(1, end), "\""));
    SkipSpace();
    if (Next() != end) return true;
    at_ = comma;
    return Fail("a comma with nothing after it; take it out");
  }

  bool Text(std::string* to) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return Fail(c == '\n' ? "a text ends with a double quote, on the line it begins on"
                              : "a control character in a text; write it as \\u00xx");
      }
      if (c == '\\') {
        if (!Escape(to)) return false;
      } else {
        *to += c;
        ++at_;
      }
    }
    return Fail("a text that does not end; a double quote is missing");
  }

  bool Escape(std::string* to) {
    constexpr absl::string_view kShort = "\"\\/bfnrt";
    constexpr absl::string_view kMeant = "\"\\/\b\f\n\r\t";
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const size_t found = kShort.find(c);
    if (found != absl::string_view::npos && c != '\0') {
      *to += kMeant[found];
      at_ += 2;
      return true;
    }
    uint32_t code = 0;
    if (c != 'u' || !Hex4(at_ + 2, &code)) {
      return Fail("\"\\\" begins no escape of JSON here; a \"\\\" itself is written \"\\\\\"");
    }
    uint32_t low = 0;
    const bool high = code >= 0xD800 && code < 0xDC00;
    if (high && text_.substr(at_ + 6, 2) == "\\u" && Hex4(at_ + 8, &low) && low >= 0xDC00 && low < 0xE000) {
      AppendUtf8(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00), to);
      at_ += 12;
      return true;
    }
    if (code >= 0xD800 && code < 0xE000) return Fail("half of a surrogate pair");
    AppendUtf8(code, to);
    at_ += 6;
    return true;
  }

  bool Hex4(size_t offset, uint32_t* code) const {
    if (offset + 4 > text_.size()) return false;
    *code = 0;
    for (const char c : text_.substr(offset, 4)) {
      if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
      *code = *code << 4 | static_cast<uint32_t>(absl::ascii_isdigit(static_cast<unsigned char>(c))
                                                     ? c - '0'
                                                     : absl::ascii_tolower(static_cast<unsigned char>(c)) - 'a' + 10);
    }
    return true;
  }

  // true, false, null or a number.
  bool Word(JsonValue* value) {
    const size_t begin = at_;
    size_t end = at_;
    while (end < text_.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text_[end])) ||
                                  absl::string_view("+-._").find(text_[end]) != absl::string_view::npos)) {
      ++end;
    }
    if (begin == end) return Expected("a value");
    value->text = std::string(text_.substr(begin, end - begin));
    if (value->text == "null") {
      value->kind = JsonValue::Kind::kNull;
    } else if (value->text == "true" || value->text == "false") {
      value->kind = JsonValue::Kind::kBool;
    } else if (IsNumber(value->text)) {
      value->kind = JsonValue::Kind::kNumber;
    } else {
      return Fail(absl::StrCat(CutText(value->text, 40), " is no value of JSON; texts stand in double quotes"));
    }
    at_ = end;
    return true;
  }

  static size_t Digits(absl::string_view text, size_t from) {
    size_t end = from;
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    return end;
  }

  static bool IsNumber(absl::string_view text) {
    const size_t begin = text[0] == '-' ? 1 : 0;
    size_t end = Digits(text, begin);
    if (end == begin || (text[begin] == '0' && end > begin + 1)) return false;
    if (end < text.size() && text[end] == '.') {
      const size_t fraction = end + 1;
      end = Digits(text, fraction);
      if (end == fraction) return false;
    }
    if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
      size_t exponent = end + 1;
      if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
      end = Digits(text, exponent);
      if (end == exponent) return false;
    }
    return end == text.size();
  }

  const absl::string_view text_;
  size_t at_ = 0;
  size_t counted_ = 0;
  TextPlace place_;
  std::string reason_;
};

}  // namespace

std::string ToString(const TextPlace& place) { return absl::StrCat("line ", place.line, ", column ", place.column); }

absl::StatusOr<JsonValue> ReadJson(std::string_view json) {
  const absl::string_view text(json.data(), json.size());
  const std::string valid = ValidUtf8(std::string(text));
  if (valid != text) {
    const auto differ = std::mismatch(text.begin(), text.end(), valid.begin());
    const TextPlace place = PlaceOf(text, static_cast<size_t>(differ.first - text.begin()));
    return absl::InvalidArgumentError(
        absl::StrCat(ToString(place), ": a byte that is not UTF-8; save the file in that encoding"));
  }
  return Reader(text).Read();
}

}  // namespace resource_broker::broker
