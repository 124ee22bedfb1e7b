#include "broker_service/modules/module_catalog.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/manifest.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxManifestBytes = 64 << 10;
constexpr size_t kMaxFolderEntries = 1000;

// Names of the folders in `folder`; empty where there is none. Stops at kMaxFolderEntries.
std::vector<std::string> FoldersIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end && names.size() < kMaxFolderEntries;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) names.push_back(entry->path().filename().u8string());
  }
  return names;
}

absl::StatusOr<std::string> ReadManifest(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  if (error) return absl::NotFoundError("manifest.json is missing");
  if (size > kMaxManifestBytes) return absl::InvalidArgumentError("manifest.json is larger than 64 KiB");
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad()) return absl::UnavailableError("manifest.json can't be read");
  return text;
}

absl::StatusOr<InstalledModule> Load(const fs::path& folder, const std::string& name, const std::string& version) {
  absl::StatusOr<std::string> text = ReadManifest(folder / "manifest.json");
  if (!text.ok()) return text.status();
  absl::StatusOr<v1::ModuleManifest> manifest = ParseManifest(*text);
  if (!manifest.ok()) return manifest.status();
  if (manifest->name() != name) return absl::InvalidArgumentError("name: is not that of the module's folder");
  if (manifest->version() != version) return absl::InvalidArgumentError("version: is not that of the folder");
  InstalledModule module{*std::move(manifest), folder, {}};
  // ".exe" may be left out of a manifest that serves both platforms.
  for (const char* suffix : {"", ".exe"}) {
    std::error_code error;
    module.program = folder / fs::u8path(module.manifest.command() + suffix);
    if (fs::is_regular_file(module.program, error)) return module;
  }
  return absl::NotFoundError(absl::StrCat("command: ", module.manifest.command(), " is missing"));
}

}  // namespace

absl::StatusOr<InstalledModule> ModuleCatalog::Find(const std::string& name) const {
  const absl::Status missing = absl::NotFoundError(absl::StrCat("module \"", name, "\" does not exist"));
  if (!IsModuleName(name)) return missing;
  const fs::path folder = root_ / name;
  std::vector<std::string> versions = FoldersIn(folder);
  std::sort(versions.begin(), versions.end(), [](const auto& a, const auto& b) { return OlderVersion(b, a); });
  absl::Status first_fault = missing;
  for (const std::string& version : versions) {
    absl::StatusOr<InstalledModule> module = Load(folder / fs::u8path(version), name, version);
    if (module.ok()) return module;
    if (absl::IsNotFound(first_fault)) {
      first_fault = absl::FailedPreconditionError(
          absl::StrCat("module \"", name, "\" ", version, ": ", module.status().message()));
    }
  }
  return first_fault;
}

std::vector<std::string> ModuleCatalog::Names() const {
  std::vector<std::string> names;
  for (std::string& name : FoldersIn(root_)) {
    if (IsModuleName(name) && !FoldersIn(root_ / name).empty()) names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace resource_broker::broker
