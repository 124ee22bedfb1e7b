#include "broker_service/packages/upload.h"

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kHashBytes = 32;
constexpr size_t kMaxChunkBytes = 256 << 10;

}  // namespace

void Upload::RemoveFile::operator()(const std::filesystem::path* file) const {
  std::error_code ignored;  // what stays is removed by the next broker
  std::filesystem::remove(*file, ignored);
  delete file;
}

absl::StatusOr<Upload> Upload::Begin(const v1::StageModuleRequest& first, uint64_t max_bytes,
                                     const std::filesystem::path& file) {
  if (!first.has_header()) return absl::InvalidArgumentError("header: must be in the first message");
  const v1::StageModuleRequest::Header& header = first.header();
  if (header.size() == 0) return absl::InvalidArgumentError("header.size: must not be 0");
  if (header.size() > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("header.size: ", header.size(), " is more than limits.maxPackageBytes, ", max_bytes));
  }
  if (header.sha256().size() != kHashBytes) return absl::InvalidArgumentError("header.sha256: must be 32 bytes");
  absl::StatusOr<std::unique_ptr<DurableFile>> out = DurableFile::Create(file, /*executable=*/false);
  if (!out.ok()) return out.status();
  return Upload(header, file, *std::move(out));
}

absl::Status Upload::Add(const v1::StageModuleRequest& next) {
  if (next.has_header()) return absl::InvalidArgumentError("header: must be in the first message only");
  const std::string& chunk = next.chunk();
  if (chunk.empty() || chunk.size() > kMaxChunkBytes) {
    return absl::InvalidArgumentError("chunk: must be 1 to 262144 bytes");
  }
  if (chunk.size() > header_.size() - received_) {
    return absl::InvalidArgumentError(absl::StrCat("chunk: there is more than header.size, ", header_.size()));
  }
  received_ += chunk.size();
  hash_->Add(chunk);
  return out_->Write(chunk);
}

absl::Status Upload::Finish() {
  out_ = nullptr;
  if (received_ != header_.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the upload ended after ", received_, " of ", header_.size(), " bytes"));
  }
  if (hash_->Finish() != header_.sha256()) {
    return absl::InvalidArgumentError("header.sha256: is not that of the bytes that arrived");
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
