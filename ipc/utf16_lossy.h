// Conversion between UTF-8 and UTF-16 of text that must be shown whatever it holds.
#pragma once

#include <string>
#include <string_view>

namespace resource_broker::ipc {

// Each maximal piece that is not well-formed becomes one U+FFFD.
std::string Utf8FromUtf16Lossy(std::u16string_view text);
std::u16string Utf16FromUtf8Lossy(std::string_view text);

}  // namespace resource_broker::ipc
