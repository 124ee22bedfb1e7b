// Text as the host shows it: UTF-16 that may be invalid, as UTF-8 that never is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bridge_dll/win32_types.h"

namespace resource_broker::rhs_host {

// Lone surrogates become U+FFFD.
std::string Readable(std::u16string_view text);

// At most `limit` characters of a NUL-terminated text; "(null)" for NULL.
std::string Readable(const resapi::WCHAR* text, size_t limit);

}  // namespace resource_broker::rhs_host
