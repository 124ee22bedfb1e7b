#include "resource_modules/sdk/property_list.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "ipc/utf16.h"

namespace resource_broker::sdk {
namespace {

constexpr uint32_t kSyntaxEndMark = 0;
constexpr uint32_t kSyntaxName = 0x00040003;
constexpr uint32_t kSyntaxBinary = 0x00010001;
constexpr uint32_t kSyntaxDword = 0x00010002;
constexpr uint32_t kSyntaxText = 0x00010003;
constexpr uint32_t kSyntaxExpandText = 0x00010004;
constexpr uint32_t kSyntaxTextList = 0x00010005;
constexpr uint32_t kSyntaxUlarge = 0x00010006;

// Reads the list from front to back, and never past its end.
class Reader {
 public:
  explicit Reader(absl::string_view list) : list_(list) {}

  absl::Status Error(absl::string_view fault) const {
    return absl::InvalidArgumentError(absl::StrCat("not a property list: ", fault, " at offset ", offset_));
  }

  absl::StatusOr<uint32_t> Word() {
    if (list_.size() - offset_ < 4) return Error("the end comes too soon");
    uint32_t word = WordIn(list_.substr(offset_));
    offset_ += 4;
    return word;
  }

  // Length, data and padding.
  absl::StatusOr<absl::string_view> Data() {
    absl::StatusOr<uint32_t> length = Word();
    if (!length.ok()) return length.status();
    // In 64 bits: the length is the sender's, and may be anything.
    uint64_t padded = (uint64_t{*length} + 3) / 4 * 4;
    if (list_.size() - offset_ < padded) return Error("a length goes beyond the end");
    absl::string_view data = list_.substr(offset_, *length);
    offset_ += padded;
    return data;
  }

  static uint32_t WordIn(absl::string_view bytes) {
    uint32_t word = 0;
    for (int i = 3; i >= 0; --i) word = word << 8 | static_cast<uint8_t>(bytes[static_cast<size_t>(i)]);
    return word;
  }

 private:
  absl::string_view list_;
  size_t offset_ = 0;
};

// UTF-16 up to `data`'s end, NULs included.
absl::StatusOr<std::u16string> Units(absl::string_view data) {
  if (data.size() % 2 != 0) return absl::InvalidArgumentError("half a character");
  std::u16string units;
  for (size_t i = 0; i < data.size(); i += 2) {
    units.push_back(static_cast<char16_t>(static_cast<uint8_t>(data[i]) | static_cast<uint8_t>(data[i + 1]) << 8));
  }
  return units;
}

// Text up to its NUL, or to the end of data that has none.
absl::StatusOr<std::string> Text(absl::string_view data) {
  absl::StatusOr<std::u16string> units = Units(data);
  if (!units.ok()) return units.status();
  return ipc::Utf8FromUtf16(std::u16string_view(*units).substr(0, units->find(u'\0')));
}

// Texts, each with its NUL, ended by an empty one or the end of the data.
absl::StatusOr<v1::PropertyValue::TextList> TextList(absl::string_view data) {
  absl::StatusOr<std::u16string> units = Units(data);
  if (!units.ok()) return units.status();
  v1::PropertyValue::TextList list;
  for (std::u16string_view rest = *units; !rest.empty() && rest[0] != u'\0';) {
    std::u16string_view one = rest.substr(0, rest.find(u'\0'));
    absl::StatusOr<std::string> text = ipc::Utf8FromUtf16(one);
    if (!text.ok()) return text.status();
    list.add_values(*text);
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  return list;
}

// VALUE_NOT_SET for a syntax that is not known.
absl::StatusOr<v1::PropertyValue> Value(uint32_t syntax, absl::string_view data) {
  v1::PropertyValue value;
  switch (syntax) {
    case kSyntaxBinary:
      value.set_binary(std::string(data));
      break;
    case kSyntaxDword:
      if (data.size() != 4) return absl::InvalidArgumentError("a 32-bit number without 4 bytes");
      value.set_number(Reader::WordIn(data));
      break;
    case kSyntaxUlarge:
      if (data.size() != 8) return absl::InvalidArgumentError("a 64-bit number without 8 bytes");
      value.set_big_number(uint64_t{Reader::WordIn(data.substr(4))} << 32 | Reader::WordIn(data));
      break;
    case kSyntaxText:
    case kSyntaxExpandText: {
      absl::StatusOr<std::string> text = Text(data);
      if (!text.ok()) return text.status();
      if (syntax == kSyntaxText) {
        value.set_text(*std::move(text));
      } else {
        value.set_expand_text(*std::move(text));
      }
      break;
    }
    case kSyntaxTextList: {
      absl::StatusOr<v1::PropertyValue::TextList> list = TextList(data);
      if (!list.ok()) return list.status();
      *value.mutable_text_list() = *std::move(list);
      break;
    }
    default:
      break;
  }
  return value;
}

absl::Status ReadProperty(Reader& reader, Properties& properties) {
  absl::StatusOr<uint32_t> syntax = reader.Word();
  if (!syntax.ok()) return syntax.status();
  if (*syntax != kSyntaxName) return reader.Error(absl::StrCat("syntax ", *syntax, " instead of a name"));
  absl::StatusOr<absl::string_view> data = reader.Data();
  if (!data.ok()) return data.status();
  absl::StatusOr<std::string> name = Text(*data);
  if (!name.ok()) return reader.Error(absl::StrCat("a name (", name.status().message(), ")"));

  for (bool first = true;; first = false) {
    syntax = reader.Word();
    if (!syntax.ok()) return syntax.status();
    if (*syntax == kSyntaxEndMark) return absl::OkStatus();
    data = reader.Data();
    if (!data.ok()) return data.status();
    absl::StatusOr<v1::PropertyValue> value = Value(*syntax, *data);
    if (!value.ok()) return reader.Error(absl::StrCat("a value (", value.status().message(), ")"));
    if (first && value->value_case() != v1::PropertyValue::VALUE_NOT_SET) properties.Set(*name, *std::move(value));
  }
}

}  // namespace

absl::StatusOr<Properties> ParsePropertyList(absl::string_view list) {
  Reader reader(list);
  absl::StatusOr<uint32_t> count = reader.Word();
  if (!count.ok()) return count.status();
  if (*count > kMaxListedProperties) return reader.Error(absl::StrCat(*count, " properties"));
  Properties properties("InBuffer's");
  for (uint32_t i = 0; i < *count; ++i) {
    absl::Status status = ReadProperty(reader, properties);
    if (!status.ok()) return status;
  }
  return properties;
}

}  // namespace resource_broker::sdk
