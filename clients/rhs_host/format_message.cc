#include "clients/rhs_host/format_message.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "clients/rhs_host/text.h"

namespace resource_broker::rhs_host {
namespace {

constexpr size_t kLongestFormat = 4096;  // RHS cuts an entry at 500 characters
constexpr size_t kLongestString = 4096;
constexpr int kWidestField = 4096;

bool IsDigit(char16_t unit) { return unit >= u'0' && unit <= u'9'; }

// A width or precision: a number, or the next argument.
struct Count {
  int value = 0;
  bool from_argument = false;
};

struct Insert {
  int argument = 0;  // from 1
  std::string flags;
  std::optional<Count> width;
  std::optional<Count> precision;
  std::string size;
  char conversion = 's';

  int last_argument() const {
    return argument + (width && width->from_argument ? 1 : 0) + (precision && precision->from_argument ? 1 : 0);
  }
};

// Reads "%1!08x!" at a '%'. Nothing for what is not an insert.
class InsertReader {
 public:
  explicit InsertReader(std::u16string_view text) : text_(text) {}

  std::optional<Insert> Read() {
    Insert insert;
    while (position_ <= 2 && IsDigit(Peek())) insert.argument = insert.argument * 10 + (Next() - u'0');
    if (insert.argument == 0) return std::nullopt;
    if (Peek() != u'!') return insert;
    const size_t plain_end = position_++;
    while (std::u16string_view(u"-+ #0").find(Peek()) != std::u16string_view::npos && Peek() != 0) {
      insert.flags.push_back(static_cast<char>(Next()));
    }
    insert.width = ReadCount();
    if (Peek() == u'.') {
      ++position_;
      insert.precision = ReadCount().value_or(Count{});
    }
    insert.size = ReadSize();
    insert.conversion = static_cast<char>(Next());
    if (absl::string_view("diuxXocCsSp").find(insert.conversion) == absl::string_view::npos || Next() != u'!') {
      // Not a format after all: a plain insert, and the rest is text.
      position_ = plain_end;
      const int argument = insert.argument;
      insert = Insert{};
      insert.argument = argument;
    }
    return insert;
  }

  // Characters read, with the '%'.
  size_t position() const { return position_; }

 private:
  char16_t Peek() const { return position_ < text_.size() ? text_[position_] : u'\0'; }

  char16_t Next() {
    const char16_t unit = Peek();
    ++position_;
    return unit;
  }

  std::optional<Count> ReadCount() {
    if (Peek() == u'*') {
      ++position_;
      return Count{0, true};
    }
    if (!IsDigit(Peek())) return std::nullopt;
    Count count;
    while (IsDigit(Peek())) count.value = std::min(count.value * 10 + (Next() - u'0'), kWidestField);
    return count;
  }

  std::string ReadSize() {
    for (std::u16string_view size : {u"I64", u"I32", u"I", u"hh", u"h", u"ll", u"l", u"w"}) {
      if (text_.substr(std::min(position_, text_.size()), size.size()) == size) {
        position_ += size.size();
        return {size.begin(), size.end()};
      }
    }
    return "";
  }

  const std::u16string_view text_;
  size_t position_ = 1;
};

// The format taken apart: text, or an insert.
struct Piece {
  std::string text;
  std::optional<Insert> insert;
};

std::vector<Piece> Split(std::u16string_view format) {
  std::vector<Piece> pieces;
  std::u16string text;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != u'%' || i + 1 == format.size()) {
      text.push_back(format[i]);
      continue;
    }
    const char16_t next = format[i + 1];
    if (next == u'0') break;
    InsertReader reader(format.substr(i));
    if (std::optional<Insert> insert = reader.Read(); insert.has_value()) {
      pieces.push_back({Readable(text), std::nullopt});
      text.clear();
      pieces.push_back({"", insert});
      i += reader.position() - 1;
      continue;
    }
    text.push_back(next == u'n' ? u'\n' : next == u'r' ? u'\r' : next == u't' ? u'\t' : next == u'b' ? u' ' : next);
    ++i;
  }
  pieces.push_back({Readable(text), std::nullopt});
  return pieces;
}

int64_t Signed(absl::string_view size, uint64_t slot) {
  if (size == "ll" || size == "I64" || size == "I") return static_cast<int64_t>(slot);
  if (size == "hh") return static_cast<int8_t>(slot);
  if (size == "h") return static_cast<int16_t>(slot);
  return static_cast<int32_t>(slot);
}

uint64_t Unsigned(absl::string_view size, uint64_t slot) {
  if (size == "ll" || size == "I64" || size == "I") return slot;
  if (size == "hh") return static_cast<uint8_t>(slot);
  if (size == "h") return static_cast<uint16_t>(slot);
  return static_cast<uint32_t>(slot);
}

std::string String(const Insert& insert, uint64_t slot, size_t limit) {
  const bool narrow = insert.size == "h" || (insert.conversion == 'S' && insert.size != "l" && insert.size != "w");
  if (!narrow) return Readable(reinterpret_cast<const resapi::WCHAR*>(slot), limit);
  const auto* text = reinterpret_cast<const char*>(slot);
  if (text == nullptr) return "(null)";
  return std::string(text, std::find(text, text + limit, '\0'));
}

std::string Character(const Insert& insert, uint64_t slot) {
  const bool narrow = insert.size == "h" || insert.conversion == 'C';
  return Readable(std::u16string(1, static_cast<char16_t>(narrow ? slot & 0xFF : slot & 0xFFFF)));
}

std::string Padded(std::string text, const Insert& insert, int width) {
  const size_t missing = static_cast<size_t>(width) > text.size() ? static_cast<size_t>(width) - text.size() : 0;
  const bool left = insert.flags.find('-') != std::string::npos;
  return left ? text + std::string(missing, ' ') : std::string(missing, ' ') + text;
}

// One number by the format library, which knows every flag; `type` is d, u, x, X or o.
template <typename Number>
std::string Formatted(const Insert& insert, char type, int width, int precision, Number number) {
  std::string flags = insert.flags;
  if (type == 'd' || type == 'i') flags.erase(std::remove(flags.begin(), flags.end(), '#'), flags.end());
  const std::string format = absl::StrFormat("%%%s*%s%c", flags, precision >= 0 ? ".*" : "", type);
  std::string text;
  const bool done = precision >= 0 ? absl::FormatUntyped(
                                         &text, absl::UntypedFormatSpec(format),
                                         {absl::FormatArg(width), absl::FormatArg(precision), absl::FormatArg(number)})
                                   : absl::FormatUntyped(&text, absl::UntypedFormatSpec(format),
                                                         {absl::FormatArg(width), absl::FormatArg(number)});
  return done ? text : "(unreadable)";
}

std::string Render(Insert insert, const std::vector<uint64_t>& slots) {
  size_t next = static_cast<size_t>(insert.argument) - 1;
  const auto count = [&](const std::optional<Count>& wanted, int none) {
    if (!wanted) return none;
    if (!wanted->from_argument) return wanted->value;
    return std::clamp(static_cast<int>(slots[next++]), -kWidestField, kWidestField);
  };
  int width = count(insert.width, 0);
  const int precision = count(insert.precision, -1);
  const uint64_t slot = slots[next];
  if (width < 0) {
    insert.flags.push_back('-');
    width = -width;
  }
  switch (insert.conversion) {
    case 's':
    case 'S':
      return Padded(String(insert, slot, precision >= 0 ? static_cast<size_t>(precision) : kLongestString), insert,
                    width);
    case 'c':
    case 'C':
      return Padded(Character(insert, slot), insert, width);
    case 'p':
      return Padded(absl::StrFormat("%016X", slot), insert, width);
    case 'd':
    case 'i':
      return Formatted(insert, 'd', width, precision, Signed(insert.size, slot));
    default:
      return Formatted(insert, insert.conversion, width, precision, Unsigned(insert.size, slot));
  }
}

}  // namespace

std::string RenderLogMessage(const resapi::WCHAR* format, va_list arguments) {
  if (format == nullptr) return "";
  std::u16string copy;
  for (; copy.size() < kLongestFormat && *format != 0; ++format) copy.push_back(static_cast<char16_t>(*format));
  const std::vector<Piece> pieces = Split(copy);
  int last = 0;
  for (const Piece& piece : pieces) {
    if (piece.insert) last = std::max(last, piece.insert->last_argument());
  }
  // An argument that no insert names is still there, so all up to the last are read.
  std::vector<uint64_t> slots;
  for (int i = 0; i < last; ++i) slots.push_back(va_arg(arguments, uint64_t));
  std::string text;
  for (const Piece& piece : pieces) text += piece.insert ? Render(*piece.insert, slots) : piece.text;
  return text;
}

}  // namespace resource_broker::rhs_host
