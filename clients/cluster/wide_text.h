// Text as clusapi.dll takes and gives it.
#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "clients/cluster/clusapi.h"
#include "ipc/utf16_lossy.h"

namespace resource_broker::cluster {

using WideString = std::basic_string<WCHAR>;

inline WideString Wide(absl::string_view text) {
  const std::u16string units = ipc::Utf16FromUtf8Lossy({text.data(), text.size()});
  return WideString(units.begin(), units.end());
}

// Up to the terminating zero, or `length` units where there is none.
inline std::string Narrow(const WCHAR* text, size_t length) {
  std::u16string units;
  for (size_t i = 0; i < length && text[i] != 0; ++i) units.push_back(static_cast<char16_t>(text[i]));
  return ipc::Utf8FromUtf16Lossy(units);
}

}  // namespace resource_broker::cluster
