// Text in aligned columns.
#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace resource_broker::brokerctl {

// Columns are two spaces apart and as wide as their longest cell, counted in UTF-8 characters; lines end without
// spaces. Control characters inside a cell become spaces: text from modules must not reach the terminal as escape
// sequences. `coloured`: the first row is a heading, and states are coloured in the columns that have them.
std::string FormatTable(const std::vector<std::vector<std::string>>& rows, bool coloured = false);

// `text` without control characters: C0, DEL, and C1, which UTF-8 has as C2 80 to C2 9F.
std::string Printable(absl::string_view text);

}  // namespace resource_broker::brokerctl
