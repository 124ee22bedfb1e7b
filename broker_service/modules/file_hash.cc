#include "broker_service/modules/file_hash.h"

#include <array>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/sha256.h"

namespace resource_broker::broker {

absl::StatusOr<std::string> HashFile(const std::filesystem::path& file) {
  Sha256 hash;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(absl::StrCat(file.u8string(), ": can't be opened"));
  std::array<char, 64 << 10> buffer;
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    hash.Add({buffer.data(), static_cast<size_t>(stream.gcount())});
  }
  if (stream.bad()) return absl::UnavailableError(absl::StrCat(file.u8string(), ": can't be read"));
  const std::string digest = hash.Finish();
  if (digest.empty()) return absl::InternalError("SHA-256 is not to be had");
  return absl::BytesToHexString(digest);
}

}  // namespace resource_broker::broker
