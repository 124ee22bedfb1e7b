#include "clients/rhs_host/checks/check_command.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <random>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "clients/console/console.h"
#include "clients/rhs_host/checks/probe.h"
#include "clients/rhs_host/clusapi/property.h"
#include "clients/rhs_host/run_command.h"

namespace resource_broker::rhs_host {
namespace {

int Fail(ExitCode code, absl::string_view message) {
  std::cerr << "rhs_host: " << message << std::endl;
  return code;
}

absl::Status Validate(const CheckCommand& command) {
  for (const std::string& name : command.only) {
    if (FindCheck(name) == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("--only: there is no check \"", name, "\"; see --list"));
    }
  }
  for (const std::string& text : command.options.properties) {
    absl::StatusOr<Property> property = ParseProperty(text);
    if (!property.ok()) return absl::InvalidArgumentError(absl::StrCat("--property: ", property.status().message()));
  }
  return absl::OkStatus();
}

// A folder for the probes' files, removed at the end unless they are kept.
class Workspace {
 public:
  explicit Workspace(const std::string& keep) : kept_(!keep.empty()) {
    path_ = kept_ ? std::filesystem::u8path(keep)
                  : std::filesystem::temp_directory_path(error_) /
                        absl::StrFormat("rhs_host-%08x%08x", std::random_device()(), std::random_device()());
    if (!error_) std::filesystem::create_directories(path_, error_);
  }
  ~Workspace() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  // Made anew, UTF-8. Empty if it can't be.
  std::string Folder(const std::string& name) {
    const std::filesystem::path folder = path_ / name;
    std::filesystem::remove_all(folder, error_);
    if (!error_) std::filesystem::create_directories(folder, error_);
    return error_ ? "" : folder.u8string();
  }
  std::string problem() const { return error_.message(); }

 private:
  const bool kept_;
  std::filesystem::path path_;
  std::error_code error_;
};

}  // namespace

int RunChecks(const CheckCommand& command) {
  if (absl::Status status = Validate(command); !status.ok()) return Fail(kUsage, status.message());
  Workspace workspace(command.keep);
  // Told once and here, rather than forty times.
  if (absl::Status status = TryLoading(command.options, workspace.Folder("loading")); !status.ok()) {
    return Fail(kNotStarted, status.message());
  }
  CheckReport report(command.format, console::PrepareOutput(), &std::cout);
  for (const Check& check : AllChecks()) {
    if (!command.only.empty() &&
        std::find(command.only.begin(), command.only.end(), check.name) == command.only.end()) {
      continue;
    }
    const std::string folder = workspace.Folder(check.name);
    if (folder.empty()) return Fail(kUsage, absl::StrCat("no folder for traces: ", workspace.problem()));
    const absl::Time start = absl::Now();
    const Finding finding = RunProbe(check, command.options, folder);
    report.Add({&check, finding, absl::Now() - start});
  }
  report.Finish(command.options.dll);
  return report.Count(Outcome::kFail) > 0 ? kNotHeld : kAllHeld;
}

}  // namespace resource_broker::rhs_host
