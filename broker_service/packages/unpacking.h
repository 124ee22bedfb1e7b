// Out of the .zip, into a folder.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "broker_service/packages/zip_package.h"
#include "resource_broker/v1/module.pb.h"

namespace resource_broker::broker {

struct SignedManifest {
  // The bytes of manifest.json, and what was read from them.
  std::string text;
  v1::ModuleManifest manifest;
  // What manifest.sig holds, if there is one.
  std::optional<std::string> signature;
};

// InvalidArgument names what is in the package and not in the manifest, or the other way round.
absl::Status CheckListed(const FileSet& packed, const v1::ModuleManifest& manifest);

// Writes every file of `package`, which CheckListed has found in order, into `folder`, which is made and must not be
// there. All is durable, and is what the manifest lists, when it returns OK; else the folder is left as it is, for the
// caller to remove.
absl::Status Unpack(ZipPackage* package, const SignedManifest& manifest, const std::filesystem::path& folder);

}  // namespace resource_broker::broker
