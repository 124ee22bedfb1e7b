// How packages get into the modules folder, and out of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/packages/trusted_keys.h"
#include "broker_service/packages/unpacking.h"
#include "broker_service/packages/zip_package.h"

namespace resource_broker::broker {

struct StagingOptions {
  std::filesystem::path modules_directory;
  // limits.maxPackageBytes
  uint64_t max_package_bytes = 256 << 20;
  TrustedKeys keys;
  // What uses a version of a module, in words ("process 4711 runs it"); empty: nothing does, and it may be removed.
  std::function<std::string(const std::string& name, const std::string& version)> user_of;
};

struct StagedModule {
  std::string name;
  std::string version;
  // It was there, and nothing was done.
  bool already_staged = false;
  // Signed by a trusted key.
  bool trusted = false;
};

// Calls block, on disks as well as on each other: one package at a time. Thread-safe.
class Staging {
 public:
  explicit Staging(StagingOptions options);

  // Removes what a broker that was killed left. Before the first other call. Says in the log what it can't remove: that
  // is no reason not to serve.
  void CleanUp();

  // The path of a file that is not there yet, in a folder of this broker's account alone, on the volume of the modules.
  // What is left of it is removed by CleanUp.
  absl::StatusOr<std::filesystem::path> NewFile();

  // Unpacks `zip` to <modules>/<name>/<version>; errors as those of StageModule in packages.proto. That folder is there
  // as a whole, durable, or not at all.
  absl::StatusOr<StagedModule> Stage(const std::filesystem::path& zip);

  // Removes <modules>/<name>/<version>. InvalidArgument, NotFound, FailedPrecondition while it is in use.
  absl::Status Remove(const std::string& name, const std::string& version);

 private:
  absl::StatusOr<StagedModule> StageLocked(const std::filesystem::path& zip) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  absl::StatusOr<SignedManifest> ReadManifest(ZipPackage* package, bool* trusted) const;
  // Whether it is there already, with the same manifest and whole.
  absl::StatusOr<bool> IsThere(const SignedManifest& manifest, const std::filesystem::path& target) const;
  absl::Status Install(ZipPackage* package, const SignedManifest& manifest, const std::filesystem::path& target)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const StagingOptions options_;
  // Beside what it is moved to. No module's name begins so.
  const std::filesystem::path folder_;
  absl::Mutex mu_;
};

}  // namespace resource_broker::broker
