#include "clients/rhs_host/property_file.h"

#include <filesystem>
#include <fstream>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace resource_broker::rhs_host {

absl::StatusOr<std::vector<std::string>> ReadPropertyFile(const std::string& path) {
  std::ifstream file(std::filesystem::u8path(path), std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("the file ", path, " can't be read"));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty() && line.front() != '#') lines.push_back(line);
  }
  return lines;
}

}  // namespace resource_broker::rhs_host
