#include "clients/brokerctl/table.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/brokerctl/colour.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kGap = 2;

size_t Characters(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char byte) { return (byte & 0xC0) != 0x80; }));
}

}  // namespace

std::string Printable(absl::string_view text) {
  std::string printable;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    printable.push_back(c1 || byte < 0x20 || byte == 0x7F ? ' ' : text[i]);
    if (c1) ++i;
  }
  return printable;
}

std::string FormatTable(const std::vector<std::vector<std::string>>& rows, bool coloured) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], Characters(Printable(row[column])));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    // Spaces go before the next cell that is not empty, so that no line ends with them.
    std::string line;
    size_t spaces = 0;
    for (size_t column = 0; column < row.size(); ++column) {
      const std::string cell(absl::StripTrailingAsciiWhitespace(Printable(row[column])));
      if (!cell.empty()) {
        const absl::string_view colour = coloured && column < rows[0].size() ? ColourOf(rows[0][column], cell) : "";
        absl::StrAppend(&line, std::string(spaces, ' '), colour, cell, colour.empty() ? "" : kPlain);
        spaces = 0;
      }
      spaces += widths[column] - Characters(cell) + kGap;
    }
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

}  // namespace resource_broker::brokerctl
