// Whether an installed module is what its author packed.
#pragma once

#include <filesystem>

#include "absl/status/status.h"
#include "broker_service/packages/trusted_keys.h"
#include "resource_broker/v1/module.pb.h"

namespace resource_broker::broker {

// Reads every file of `folder` (modules/<name>/<version>), so it is for the start of a process, on a thread that may
// block. `manifest` is what the broker goes by: the folder must still say the same. FailedPrecondition names the file
// that differs, is missing or is not listed, or what is wrong with the signature. A manifest without files is only
// refused where a signature is required.
absl::Status VerifyInstalled(const std::filesystem::path& folder, const v1::ModuleManifest& manifest,
                             const TrustedKeys& keys);

}  // namespace resource_broker::broker
