#include <string>

#include "ipc/utf16.h"
#include "ipc/utf16_lossy.h"

namespace resource_broker::ipc {

static_assert(sizeof(wchar_t) == sizeof(char16_t), "Windows' wide characters are UTF-16");

std::string Utf8FromWide(std::wstring_view text) {
  return Utf8FromUtf16Lossy({reinterpret_cast<const char16_t*>(text.data()), text.size()});
}

std::wstring WideFromUtf8(std::string_view text) {
  const std::u16string units = Utf16FromUtf8Lossy(text);
  return std::wstring(units.begin(), units.end());
}

}  // namespace resource_broker::ipc
