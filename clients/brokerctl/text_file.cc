#include "clients/brokerctl/text_file.h"

#include <fstream>

#include "absl/strings/str_cat.h"

namespace resource_broker::brokerctl {

absl::StatusOr<std::string> ReadTextFile(const std::filesystem::path& file, size_t max_bytes) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(max_bytes + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (stream.bad() || !stream.eof()) {
    const bool large = static_cast<size_t>(stream.gcount()) > max_bytes;
    return absl::InvalidArgumentError(
        absl::StrCat(file.u8string(),
                     large ? absl::StrCat(": is larger than ", max_bytes, " bytes") : std::string(": can't be read")));
  }
  text.resize(static_cast<size_t>(stream.gcount()));
  return text;
}

}  // namespace resource_broker::brokerctl
