#include "broker_service/modules/file_hash.h"

#include <openssl/evp.h>

#include <array>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "broker_service/text.h"

namespace resource_broker::broker {

absl::StatusOr<std::string> HashFile(const std::filesystem::path& file) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (context == nullptr || EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr) != 1) {
    return absl::InternalError("SHA-256 is not to be had");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError(absl::StrCat(file.u8string(), ": can't be opened"));
  std::array<char, 64 << 10> buffer;
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<size_t>(stream.gcount()));
  }
  if (stream.bad()) return absl::UnavailableError(absl::StrCat(file.u8string(), ": can't be read"));
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()), &size);
  return Hex(digest.substr(0, size));
}

}  // namespace resource_broker::broker
