// Strict conversion between UTF-8, used everywhere inside, and UTF-16, used by Windows.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace resource_broker::ipc {

// InvalidArgument with the offset for a lone surrogate.
absl::StatusOr<std::string> Utf8FromUtf16(std::u16string_view text);

// InvalidArgument with the offset for anything that is not well-formed UTF-8 (overlong forms and surrogates included).
absl::StatusOr<std::u16string> Utf16FromUtf8(std::string_view text);

#ifdef _WIN32
// The same for Windows' wchar_t, where invalid text is replaced by U+FFFD: for names that come from the system.
std::string Utf8FromWide(std::wstring_view text);
std::wstring WideFromUtf8(std::string_view text);
#endif

}  // namespace resource_broker::ipc
