// Which modules are installed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "resource_broker/v1/module.pb.h"

namespace resource_broker::broker {

struct InstalledModule {
  v1::ModuleManifest manifest;
  // <modules>/<name>/<version>, absolute.
  std::filesystem::path folder;
  // The manifest's command, absolute; it existed when it was looked up.
  std::filesystem::path program;
};

// Reads <root>/<name>/<version>/manifest.json each time it is asked, so that an installed or removed module needs no
// restart. Thread-safe; each call reads a few small files.
class ModuleCatalog {
 public:
  explicit ModuleCatalog(std::filesystem::path root) : root_(std::move(root)) {}

  // The highest version of `name` that is in order. NotFound: there is none; FailedPrecondition: there are some, but
  // none is in order, and the message says what is wrong with the highest.
  absl::StatusOr<InstalledModule> Find(const std::string& name) const;

  // One version. NotFound: there is none; FailedPrecondition: it is not in order, and the message says why.
  absl::StatusOr<InstalledModule> Find(const std::string& name, const std::string& version) const;

  // Version folders of `name`, in order or not, newest first; at most 1,000.
  std::vector<std::string> Versions(const std::string& name) const;

  // Names of all that have at least one version folder, sorted; at most 1,000.
  std::vector<std::string> Names() const;

 private:
  const std::filesystem::path root_;
};

}  // namespace resource_broker::broker
