#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/file_rights.h"
#include "broker_service/modules/module_catalog.h"
#include "broker_service/packages/installed_package.h"
#include "broker_service/packages/trusted_keys.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// As Staging has it.
constexpr char kStaging[] = ".staging";

// Everything is read, as before the start of a module.
void CheckManifests(const Installation& installation, const fs::path& folder, Findings* findings) {
  const ModuleCatalog catalog(folder);
  const absl::StatusOr<TrustedKeys> keys = TrustedKeys::Parse(installation.config.packages());
  std::vector<std::string> good;
  bool all_good = true;
  for (const std::string& name : catalog.Names()) {
    for (const std::string& version : catalog.Versions(name)) {
      const absl::StatusOr<InstalledModule> module = catalog.Find(name, version);
      absl::Status status = module.status();
      if (status.ok() && keys.ok()) status = VerifyInstalled(module->folder, module->manifest, *keys);
      if (status.ok()) {
        good.push_back(absl::StrCat(name, " ", version));
        continue;
      }
      all_good = false;
      findings->Error("modules.manifests", absl::StrCat(name, " ", version, ": ", status.message()),
                      "stage the package again, or remove that version: brokerctl modules remove");
    }
  }
  if (!all_good) return;
  findings->Ok("modules.manifests",
               good.empty() ? "no module is installed" : absl::StrCat("in order: ", absl::StrJoin(good, ", ")));
}

void CheckLeftovers(const fs::path& folder, Findings* findings) {
  std::error_code error;
  const fs::directory_iterator entry(folder / kStaging, error);
  if (error || entry == fs::directory_iterator()) return;
  findings->Warning("modules.leftovers",
                    absl::StrCat(entry->path().u8string(), " is left of a staging that did not end"),
                    "wait, if a package is being staged right now; else restart the broker, which removes it");
}

}  // namespace

void CheckModules(const Installation& installation, Findings* findings) {
  const fs::path folder = fs::u8path(installation.config.modules_directory());
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    findings->Error("modules.folder", absl::StrCat(folder.u8string(), " is not there, so no operation can run"),
                    "put the modules there, or correct modulesDirectory");
    return;
  }
  findings->Ok("modules.folder", folder.u8string());
  if (const absl::Status status = CheckOthersCantChange(folder); status.ok()) {
    findings->Ok("modules.rights", "nobody but the broker's account and administrators may write there");
  } else {
    findings->Error("modules.rights", std::string(status.message()),
                    "take the right from them: what lies there runs with the broker's rights");
  }
  CheckManifests(installation, folder, findings);
  CheckLeftovers(folder, findings);
}

}  // namespace resource_broker::broker
