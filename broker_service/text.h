// Small things about text that the broker's parts share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace resource_broker::broker {

// Ids of operations and sessions as logs show them.
std::string Hex(std::string_view id);

// `text`, cut to at most `limit` bytes without splitting a UTF-8 character.
std::string CutText(std::string text, size_t limit);

// `text` with '?' in place of each byte that is not part of a UTF-8 character.
std::string ValidUtf8(std::string text);

// `length` random bytes nobody can guess.
std::string RandomBytes(size_t length);

// The most a message of an event or an answer holds, in bytes.
inline constexpr size_t kMaxMessageBytes = 1024;

}  // namespace resource_broker::broker
