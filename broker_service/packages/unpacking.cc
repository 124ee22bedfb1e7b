#include "broker_service/packages/unpacking.h"

#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/durable_files.h"
#include "broker_service/sha256.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

absl::Status Refuse(const std::string& path, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", why));
}

absl::Status WriteWhole(const fs::path& file, std::string_view bytes) {
  absl::StatusOr<std::unique_ptr<DurableFile>> out = DurableFile::Create(file, /*executable=*/false);
  if (!out.ok()) return out.status();
  if (absl::Status status = (*out)->Write(bytes); !status.ok()) return status;
  return (*out)->Finish();
}

absl::Status UnpackFile(ZipPackage* package, const std::string& path, const std::string& wanted, bool executable,
                        const fs::path& file) {
  absl::StatusOr<std::unique_ptr<DurableFile>> out = DurableFile::Create(file, executable);
  // Two names that only this file system takes for one.
  if (absl::IsAlreadyExists(out.status())) return Refuse(path, "is there twice");
  if (!out.ok()) return out.status();
  Sha256 hash;
  absl::Status status = package->Read(path, [&](std::string_view piece) {
    hash.Add(piece);
    return (*out)->Write(piece);
  });
  if (!status.ok()) return status;
  if (absl::BytesToHexString(hash.Finish()) != wanted) {
    return Refuse(path, "its SHA-256 is not what manifest.json lists");
  }
  return (*out)->Finish();
}

}  // namespace

absl::Status CheckListed(const FileSet& packed, const v1::ModuleManifest& manifest) {
  for (const std::string& path : packed.paths()) {
    if (path != kManifestFile && path != kSignatureFile && manifest.files().count(path) == 0) {
      return Refuse(path, "is not listed in the files of manifest.json");
    }
  }
  for (const auto& [path, hash] : manifest.files()) {
    if (!packed.Contains(path)) return Refuse(path, "is listed in manifest.json, but is not in the package");
  }
  return absl::OkStatus();
}

absl::Status Unpack(ZipPackage* package, const SignedManifest& manifest, const fs::path& folder) {
  // Deepest last.
  std::set<fs::path> folders = {folder};
  for (const std::string& path : package->files().paths()) {
    for (fs::path inner = fs::u8path(path).parent_path(); !inner.empty(); inner = inner.parent_path()) {
      folders.insert(folder / inner);
    }
  }
  for (const fs::path& made : folders) {
    std::error_code error;
    if (!fs::create_directory(made, error)) {
      return absl::UnavailableError(absl::StrCat(made.u8string(), ": can't be made: ", error.message()));
    }
  }
  for (const auto& [path, hash] : manifest.manifest.files()) {
    const bool executable = path == manifest.manifest.command() || package->IsExecutable(path);
    if (absl::Status status = UnpackFile(package, path, hash, executable, folder / fs::u8path(path)); !status.ok()) {
      return status;
    }
  }
  if (manifest.signature.has_value()) {
    absl::Status status = WriteWhole(folder / kSignatureFile, *manifest.signature);
    if (!status.ok()) return status;
  }
  if (absl::Status status = WriteWhole(folder / kManifestFile, manifest.text); !status.ok()) return status;
  for (const fs::path& made : folders) {
    if (absl::Status status = SyncFolder(made); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
