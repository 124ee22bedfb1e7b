#include "clients/brokerctl/table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kGap = 2;

size_t Characters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xC0) != 0x80; }));
}

// Without control characters: C0, DEL, and C1, which UTF-8 has as C2 80 to C2 9F.
std::string Printable(const std::string& cell) {
  std::string text;
  for (size_t i = 0; i < cell.size(); ++i) {
    const auto byte = static_cast<unsigned char>(cell[i]);
    const bool c1 = byte == 0xC2 && i + 1 < cell.size() && static_cast<unsigned char>(cell[i + 1]) < 0xA0;
    text.push_back(c1 || byte < 0x20 || byte == 0x7F ? ' ' : cell[i]);
    if (c1) ++i;
  }
  return text;
}

}  // namespace

std::string FormatTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], Characters(Printable(row[column])));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (size_t column = 0; column < row.size(); ++column) {
      const std::string cell = Printable(row[column]);
      absl::StrAppend(&line, cell, std::string(widths[column] - Characters(cell) + kGap, ' '));
    }
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return text;
}

}  // namespace resource_broker::brokerctl
