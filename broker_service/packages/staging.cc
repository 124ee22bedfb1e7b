#include "broker_service/packages/staging.h"

#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/durable_files.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/inner_path.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/packages/file_kind.h"
#include "broker_service/packages/installed_package.h"
#include "broker_service/packages/package_folder.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr char kFolder[] = ".staging";
constexpr size_t kNameBytes = 16;

// What both platforms take for the name of one folder ("con" is a module's name, but none of those).
absl::Status CheckVersion(const std::string& name, const std::string& version) {
  if (!IsModuleName(name)) return absl::InvalidArgumentError("name: must be 1 to 64 of a-z, 0-9 and _");
  if (!IsModuleVersion(version))
    return absl::InvalidArgumentError("version: must be three numbers, as 1.0.0 or 1.0.0-rc1");
  if (const absl::Status status = CheckFilePath(name); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("name: ", status.message()));
  }
  if (const absl::Status status = CheckFilePath(version); !status.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("version: ", status.message()));
  }
  return absl::OkStatus();
}

absl::Status InManifest(const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(kManifestFile, ": ", status.message()));
}

// A folder on its way to nothing.
class Leftover {
 public:
  explicit Leftover(fs::path path) : path_(std::move(path)) {}
  ~Leftover() {
    std::error_code error;
    fs::remove_all(path_, error);
    if (error) LogWarning(path_.u8string(), " can't be removed: ", error.message());
  }
  Leftover(const Leftover&) = delete;
  Leftover& operator=(const Leftover&) = delete;
  const fs::path& path() const { return path_; }

 private:
  const fs::path path_;
};

}  // namespace

Staging::Staging(StagingOptions options)
    : options_(std::move(options)), folder_(options_.modules_directory / kFolder) {}

void Staging::CleanUp() {
  if (KindOf(folder_) != FileKind::kFolder) return;
  std::error_code error;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    LogWarning(entry->path().u8string(), " is left of a staging that did not end, and is removed");
    std::error_code removal;
    fs::remove_all(entry->path(), removal);
    if (removal) LogWarning(entry->path().u8string(), " can't be removed: ", removal.message());
  }
  if (error) LogWarning(folder_.u8string(), ": ", error.message());
}

absl::StatusOr<fs::path> Staging::NewFile() {
  if (absl::Status status = MakePrivateFolder(folder_); !status.ok()) return status;
  return folder_ / Hex(RandomBytes(kNameBytes));
}

absl::StatusOr<StagedModule> Staging::Stage(const fs::path& zip) {
  absl::MutexLock lock(&mu_);
  return StageLocked(zip);
}

absl::StatusOr<StagedModule> Staging::StageLocked(const fs::path& zip) {
  absl::StatusOr<ZipPackage> package = ZipPackage::Open(zip, options_.max_package_bytes);
  if (!package.ok()) return package.status();
  StagedModule staged;
  const absl::StatusOr<SignedManifest> manifest = ReadManifest(&*package, &staged.trusted);
  if (!manifest.ok()) return manifest.status();
  staged.name = manifest->manifest.name();
  staged.version = manifest->manifest.version();
  const fs::path target = options_.modules_directory / staged.name / staged.version;
  const absl::StatusOr<bool> there = IsThere(*manifest, target);
  if (!there.ok()) return there.status();
  staged.already_staged = *there;
  if (staged.already_staged) return staged;
  if (absl::Status status = Install(&*package, *manifest, target); !status.ok()) return status;
  return staged;
}

absl::StatusOr<SignedManifest> Staging::ReadManifest(ZipPackage* package, bool* trusted) const {
  if (!package->files().Contains(kManifestFile)) {
    return absl::InvalidArgumentError("manifest.json: is missing at the root of the package");
  }
  SignedManifest read;
  absl::StatusOr<std::string> text = package->ReadSmall(kManifestFile, kMaxManifestBytes);
  if (!text.ok()) return text.status();
  read.text = *std::move(text);
  if (package->files().Contains(kSignatureFile)) {
    absl::StatusOr<std::string> signature = package->ReadSmall(kSignatureFile, kMaxSignatureBytes);
    if (!signature.ok()) return signature.status();
    read.signature = *std::move(signature);
  }
  // First: of what nobody answers for, nothing more is read.
  const absl::StatusOr<bool> checked = options_.keys.Check(read.text, read.signature);
  if (!checked.ok()) return checked.status();
  *trusted = *checked;
  absl::StatusOr<v1::ModuleManifest> manifest = ParseManifest(read.text);
  if (!manifest.ok()) return InManifest(manifest.status());
  read.manifest = *std::move(manifest);
  if (absl::Status status = CheckVersion(read.manifest.name(), read.manifest.version()); !status.ok()) {
    return InManifest(status);
  }
  if (read.manifest.files().empty()) {
    return absl::InvalidArgumentError(
        "manifest.json: files: is empty, and a package lists its files: brokerctl modules pack does that");
  }
  if (absl::Status status = CheckListed(package->files(), read.manifest); !status.ok()) return status;
  return read;
}

absl::StatusOr<bool> Staging::IsThere(const SignedManifest& manifest, const fs::path& target) const {
  std::error_code error;
  if (fs::symlink_status(target, error).type() == fs::file_type::not_found) return false;
  const std::string label = absl::StrCat(manifest.manifest.name(), " ", manifest.manifest.version());
  const absl::StatusOr<std::string> text = ReadSmallFile(target / kManifestFile, kMaxManifestBytes);
  if (!text.ok() || *text != manifest.text) {
    return absl::AlreadyExistsError(
        absl::StrCat(label, " is installed, and is not this package: give this one a new version, or remove that one"));
  }
  if (const absl::Status whole = VerifyInstalled(target, manifest.manifest, options_.keys); !whole.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(label, " is installed, but damaged; remove it first: ", whole.message()));
  }
  return true;
}

absl::Status Staging::Install(ZipPackage* package, const SignedManifest& manifest, const fs::path& target) {
  absl::StatusOr<fs::path> made = NewFile();
  if (!made.ok()) return made.status();
  const Leftover unpacked(*std::move(made));
  if (absl::Status status = Unpack(package, manifest, unpacked.path()); !status.ok()) return status;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error) return absl::UnavailableError(absl::StrCat(target.parent_path().u8string(), ": ", error.message()));
  if (absl::Status status = SyncFolder(options_.modules_directory); !status.ok()) return status;
  if (absl::Status status = BeforeFaultPoint(FaultPoint::kPackageRename); !status.ok()) return status;
  if (absl::Status status = MoveFolder(unpacked.path(), target); !status.ok()) return status;
  AfterFaultPoint(FaultPoint::kPackageRename);
  return absl::OkStatus();
}

absl::Status Staging::Remove(const std::string& name, const std::string& version) {
  if (absl::Status status = CheckVersion(name, version); !status.ok()) return status;
  absl::MutexLock lock(&mu_);
  const fs::path folder = options_.modules_directory / name / version;
  if (KindOf(folder) != FileKind::kFolder) {
    return absl::NotFoundError(absl::StrCat("module \"", name, "\" has no version ", version));
  }
  if (const std::string user = options_.user_of(name, version); !user.empty()) {
    return absl::FailedPreconditionError(absl::StrCat("module ", name, " ", version, " is in use: ", user));
  }
  absl::StatusOr<fs::path> away = NewFile();
  if (!away.ok()) return away.status();
  // First out of the way in one step, so that half of it is never found; on Windows this fails if a program of it runs.
  const Leftover leftover(*std::move(away));
  if (absl::Status status = MoveFolder(folder, leftover.path()); !status.ok()) return status;
  std::error_code not_empty;
  fs::remove(folder.parent_path(), not_empty);
  return absl::OkStatus();
}

}  // namespace resource_broker::broker
