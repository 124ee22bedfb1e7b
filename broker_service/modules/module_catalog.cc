#include "broker_service/modules/module_catalog.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "broker_service/modules/manifest.h"
#include "resource_broker/v1/protocol_versions.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

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
  if (size > kMaxManifestBytes) return absl::InvalidArgumentError("manifest.json is larger than 512 KiB");
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
  if (manifest->min_protocol() > kMaxProtocolVersion || manifest->max_protocol() < kMinProtocolVersion) {
    return absl::FailedPreconditionError(absl::StrCat(
        "no common protocol version: it speaks ", manifest->min_protocol(), " to ", manifest->max_protocol(),
        " (min_protocol, max_protocol), the broker ", kMinProtocolVersion, " to ", kMaxProtocolVersion));
  }
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
  absl::Status first_fault = missing;
  for (const std::string& version : Versions(name)) {
    absl::StatusOr<InstalledModule> module = Find(name, version);
    if (module.ok()) return module;
    // A folder that is no version's says nothing.
    if (absl::IsNotFound(first_fault) && !absl::IsNotFound(module.status())) first_fault = module.status();
  }
  return first_fault;
}

absl::StatusOr<InstalledModule> ModuleCatalog::Find(const std::string& name, const std::string& version) const {
  std::error_code error;
  const fs::path folder = root_ / name / fs::u8path(version);
  if (!IsModuleName(name) || !IsModuleVersion(version) || !fs::is_directory(folder, error)) {
    return absl::NotFoundError(absl::StrCat("module \"", name, "\" ", version, " does not exist"));
  }
  absl::StatusOr<InstalledModule> module = Load(folder, name, version);
  if (module.ok()) return module;
  return absl::FailedPreconditionError(
      absl::StrCat("module \"", name, "\" ", version, ": ", module.status().message()));
}

std::vector<std::string> ModuleCatalog::Versions(const std::string& name) const {
  std::vector<std::string> versions;
  if (IsModuleName(name)) versions = FoldersIn(root_ / name);
  std::sort(versions.begin(), versions.end(), [](const auto& a, const auto& b) { return OlderVersion(b, a); });
  return versions;
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
