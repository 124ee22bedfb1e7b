// The PEM files that BrokerConfig.remote names.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// What is in them. `revocation` is empty where no file is named.
struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string trust;
  std::string revocation;

  bool operator==(const TlsFiles& other) const;
};

// Blocks. Errors name the key of the configuration and the file: NotFound it can't be read; InvalidArgument it is
// larger than 1 MiB; FailedPrecondition others may read the key.
absl::StatusOr<TlsFiles> ReadTlsFiles(const v1::BrokerConfig::Remote& config);

// --- The platform's part ---

// The file as it is opened: FailedPrecondition if others than the broker's account and administrators may read or
// change it. At most `limit` bytes and one more.
absl::StatusOr<std::string> ReadPrivateFile(const std::filesystem::path& file, size_t limit);

}  // namespace resource_broker::broker
