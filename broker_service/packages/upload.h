// A package on its way in.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "broker_service/durable_files.h"
#include "broker_service/sha256.h"
#include "resource_broker/v1/packages.pb.h"

namespace resource_broker::broker {

// Into a file that goes with the object. One thread. Errors as those of StageModule in packages.proto.
class Upload {
 public:
  // `file` must not be there.
  static absl::StatusOr<Upload> Begin(const v1::StageModuleRequest& first, uint64_t max_bytes,
                                      const std::filesystem::path& file);

  absl::Status Add(const v1::StageModuleRequest& next);
  // Whether all that the header announced has arrived. Nothing of the file is open any more.
  absl::Status Finish();

  const std::filesystem::path& file() const { return *file_; }

 private:
  struct RemoveFile {
    void operator()(const std::filesystem::path* file) const;
  };

  Upload(const v1::StageModuleRequest::Header& header, const std::filesystem::path& file,
         std::unique_ptr<DurableFile> out)
      : header_(header), file_(new std::filesystem::path(file)), out_(std::move(out)), hash_(new Sha256()) {}

  v1::StageModuleRequest::Header header_;
  // Removed after `out_` is closed, as Windows wants it.
  std::unique_ptr<const std::filesystem::path, RemoveFile> file_;
  std::unique_ptr<DurableFile> out_;
  std::unique_ptr<Sha256> hash_;
  uint64_t received_ = 0;
};

}  // namespace resource_broker::broker
