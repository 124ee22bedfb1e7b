// A module's folder made into a package.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace resource_broker::broker {

struct CompletedManifest {
  // For manifest.json: the bytes that are there, where they list the folder's files as these are; else new ones.
  std::string text;
  bool changed = false;
  std::string name;
  std::string version;
};

// The manifest of `folder` with the hash of every file in it. The same folder always gives the same bytes.
// InvalidArgument and NotFound name the file that is not in order or missing; FailedPrecondition: there is a
// manifest.sig, which signs another manifest than this.
absl::StatusOr<CompletedManifest> CompleteManifest(const std::filesystem::path& folder);

// Writes the package `zip`, in place of what is there, of all files of `folder`, with `manifest` as its manifest.json.
// `zip` must not lie in `folder`. The same folder always gives the same bytes.
absl::Status WriteZip(const std::filesystem::path& folder, const CompletedManifest& manifest,
                      const std::filesystem::path& zip);

}  // namespace resource_broker::broker
