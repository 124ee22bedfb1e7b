#include "broker_service/packages/installed_package.h"

#include <google/protobuf/util/message_differencer.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/file_hash.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/packages/package_folder.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

template <typename... Parts>
absl::Status Refuse(const Parts&... why) {
  return absl::FailedPreconditionError(absl::StrCat(why...));
}

absl::Status CheckFolder(const fs::path& folder, const v1::ModuleManifest& manifest) {
  const absl::StatusOr<FileSet> found = ListFolder(folder);
  if (!found.ok()) return Refuse(found.status().message());
  for (const std::string& path : found->paths()) {
    if (path != kManifestFile && path != kSignatureFile && manifest.files().count(path) == 0) {
      return Refuse(path, ": is not listed in manifest.json");
    }
  }
  for (const auto& [path, wanted] : manifest.files()) {
    if (!found->Contains(path)) return Refuse(path, ": is missing");
    const absl::StatusOr<std::string> hash = HashFile(folder / fs::u8path(path));
    if (!hash.ok()) return Refuse(path, ": can't be read: ", hash.status().message());
    if (*hash != wanted) return Refuse(path, ": is not the file that manifest.json lists: it was changed");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VerifyInstalled(const fs::path& folder, const v1::ModuleManifest& manifest, const TrustedKeys& keys) {
  const absl::StatusOr<std::string> text = ReadSmallFile(folder / kManifestFile, kMaxManifestBytes);
  if (!text.ok()) return Refuse(text.status().message());
  std::optional<std::string> signature;
  absl::StatusOr<std::string> signature_file = ReadSmallFile(folder / kSignatureFile, kMaxSignatureBytes);
  if (signature_file.ok()) {
    signature = *std::move(signature_file);
  } else if (!absl::IsNotFound(signature_file.status())) {
    return Refuse(signature_file.status().message());
  }
  if (const absl::StatusOr<bool> trusted = keys.Check(*text, signature); !trusted.ok()) {
    return Refuse(trusted.status().message());
  }
  const absl::StatusOr<v1::ModuleManifest> now = ParseManifest(*text);
  if (!now.ok()) return Refuse(kManifestFile, ": ", now.status().message());
  if (!google::protobuf::util::MessageDifferencer::Equals(*now, manifest)) {
    return Refuse(kManifestFile, ": was changed while the module was started");
  }
  if (!manifest.files().empty()) return CheckFolder(folder, manifest);
  if (!keys.signature_required()) return absl::OkStatus();
  return Refuse(kManifestFile, ": files: is empty, so its signature vouches for nothing else");
}

}  // namespace resource_broker::broker
