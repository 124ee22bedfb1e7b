#include "broker_service/remote/tls_files.h"

#include <fstream>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

absl::StatusOr<std::string> ReadFile(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return absl::NotFoundError("can't be opened");
  std::string bytes(kMaxBytes + 1, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<size_t>(stream.gcount()));
  if (stream.bad()) return absl::NotFoundError("can't be read");
  return bytes;
}

absl::Status Take(const char* key, const std::string& file, absl::StatusOr<std::string> bytes, std::string* to) {
  if (bytes.ok() && bytes->size() > kMaxBytes) bytes = absl::InvalidArgumentError("is larger than 1 MiB");
  if (!bytes.ok()) {
    return absl::Status(bytes.status().code(), absl::StrCat(key, ": ", file, " ", bytes.status().message()));
  }
  *to = *std::move(bytes);
  return absl::OkStatus();
}

}  // namespace

bool TlsFiles::operator==(const TlsFiles& other) const {
  return std::tie(certificate, key, trust, revocation) ==
         std::tie(other.certificate, other.key, other.trust, other.revocation);
}

absl::StatusOr<TlsFiles> ReadTlsFiles(const v1::BrokerConfig::Remote& config) {
  const auto path = [](const std::string& name) { return std::filesystem::u8path(name); };
  TlsFiles files;
  absl::Status status = Take("remote.certificateFile", config.certificate_file(),
                             ReadFile(path(config.certificate_file())), &files.certificate);
  if (status.ok()) {
    status = Take("remote.keyFile", config.key_file(), ReadPrivateFile(path(config.key_file()), kMaxBytes), &files.key);
  }
  if (status.ok()) {
    status = Take("remote.trustFile", config.trust_file(), ReadFile(path(config.trust_file())), &files.trust);
  }
  if (status.ok() && !config.revocation_file().empty()) {
    status = Take("remote.revocationFile", config.revocation_file(), ReadFile(path(config.revocation_file())),
                  &files.revocation);
    if (status.ok() && files.revocation.empty()) {
      status =
          absl::InvalidArgumentError(absl::StrCat("remote.revocationFile: ", config.revocation_file(), " is empty"));
    }
  }
  if (!status.ok()) return status;
  return files;
}

}  // namespace resource_broker::broker
