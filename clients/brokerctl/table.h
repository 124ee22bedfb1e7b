// Text in aligned columns.
#pragma once

#include <string>
#include <vector>

namespace resource_broker::brokerctl {

// The first row is the heading. Columns are two spaces apart and as wide as their longest cell, counted in UTF-8
// characters; lines end without spaces. Control characters inside a cell
// become spaces: text from modules must not reach the terminal as escape sequences.
std::string FormatTable(const std::vector<std::vector<std::string>>& rows);

}  // namespace resource_broker::brokerctl
