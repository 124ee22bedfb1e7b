#include "clients/brokerctl/package_upload.h"

#include <algorithm>
#include <fstream>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "resource_broker/v1/packages.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr absl::Duration kFirstPause = absl::Milliseconds(500);
constexpr absl::Duration kLongestPause = absl::Seconds(10);

// One attempt. `begun`: something of the package was sent.
absl::StatusOr<v1::StageModuleResponse> Attempt(const Node& node, const std::filesystem::path& zip, uint64_t size,
                                                const std::string& sha256, Progress& progress, bool* begun) {
  std::ifstream file(zip, std::ios::binary);
  if (!file) return absl::FailedPreconditionError(absl::StrCat(zip.u8string(), ": can't be read"));
  if (absl::StatusOr<v1::GetStatusResponse> there = node.Status(/*without_resources=*/true); !there.ok()) {
    return there.status();
  }
  v1::Packages::Stub stub(node.channel());
  grpc::ClientContext context;
  v1::StageModuleResponse response;
  const std::unique_ptr<grpc::ClientWriter<v1::StageModuleRequest>> writer = stub.StageModule(&context, &response);
  v1::StageModuleRequest request;
  request.mutable_header()->set_size(size);
  request.mutable_header()->set_sha256(sha256);
  std::string chunk(kChunkBytes, '\0');
  uint64_t sent = 0;
  // A broker that has had enough has said why, which Finish tells.
  while (writer->Write(request)) {
    *begun = true;
    sent += request.chunk().size();
    // The last byte counts when the broker has said that all is well.
    progress.Done(std::min(sent, size - 1));
    if (!file.read(chunk.data(), kChunkBytes) && file.gcount() == 0) break;
    request.set_chunk(chunk.data(), static_cast<size_t>(file.gcount()));
  }
  writer->WritesDone();
  if (const grpc::Status status = writer->Finish(); !status.ok()) return node.Explain(status);
  progress.Done(size);
  return response;
}

}  // namespace

absl::StatusOr<v1::StageModuleResponse> UploadPackage(const Node& node, const std::filesystem::path& zip,
                                                      const std::string& sha256, uint32_t retries, Progress& progress) {
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(zip, error);
  if (error || size == 0)
    return absl::FailedPreconditionError(absl::StrCat(zip.u8string(), ": can't be read or is empty"));
  absl::Duration pause = kFirstPause;
  bool begun = false;
  for (uint32_t attempt = 0;; ++attempt) {
    progress.Begin(absl::StrCat("upload ", zip.filename().u8string()), size);
    absl::StatusOr<v1::StageModuleResponse> staged = Attempt(node, zip, size, sha256, progress, &begun);
    const bool broken = absl::IsUnavailable(staged.status()) || absl::IsCancelled(staged.status());
    if (!broken || !begun || attempt == retries) return staged;
    absl::SleepFor(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace resource_broker::brokerctl
