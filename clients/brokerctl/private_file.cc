#include "clients/brokerctl/private_file.h"

#include <system_error>

#include "absl/strings/str_cat.h"

namespace resource_broker::brokerctl {

absl::Status ReplacePrivateFile(const std::filesystem::path& file, absl::string_view text) {
  const std::filesystem::path unfinished = std::filesystem::path(file).concat(".new");
  std::error_code error;
  // What a writer left that was killed.
  std::filesystem::remove(unfinished, error);
  if (absl::Status status = WriteNewPrivateFile(unfinished, text); !status.ok()) return status;
  std::filesystem::rename(unfinished, file, error);
  if (!error) return absl::OkStatus();
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  return absl::FailedPreconditionError(absl::StrCat(file.u8string(), ": ", error.message()));
}

}  // namespace resource_broker::brokerctl
