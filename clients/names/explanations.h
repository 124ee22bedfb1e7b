// What the numbers and names of resource DLLs and of Resource Broker mean, and what to do about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace resource_broker::names {

struct Explanation {
  // "win32", "offline flag", "online flag", "open flag", "status flag", "event", "resource state", "module state",
  // "exit code".
  absl::string_view kind;
  absl::string_view name;
  uint32_t number;
  // In words. What it means in this product, and what to do: may be empty.
  absl::string_view words;
  absl::string_view here;
  absl::string_view advice;
};

// By kind, then by number.
std::vector<Explanation> AllExplanations();

// All that `text` may mean; empty: nothing known. A number (decimal, negative, 0x hexadecimal) is a Win32 code, also as
// an HRESULT of one, or an exit code, or an event, or states; in hexadecimal also the bits of offline and status flags.
// A name is one of any kind, in any case, or several of flags with '|' between them.
std::vector<Explanation> Explain(absl::string_view text);

}  // namespace resource_broker::names
