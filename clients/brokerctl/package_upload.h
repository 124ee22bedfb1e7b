// A module's package on its way to a broker.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "absl/status/statusor.h"
#include "clients/brokerctl/node.h"
#include "clients/brokerctl/progress.h"
#include "resource_broker/v1/packages.pb.h"

namespace resource_broker::brokerctl {

// Sends `zip`, whose SHA-256 is `sha256` (32 bytes). An upload that breaks off is begun again up to `retries` times,
// the first after half a second, then after twice as long each time; that no broker answers at all is told at once.
// Only the connecting has the node's timeout: how long the rest takes is limited by the broker. Progress counts what
// the connection has taken, and is full only when the broker has answered.
absl::StatusOr<v1::StageModuleResponse> UploadPackage(const Node& node, const std::filesystem::path& zip,
                                                      const std::string& sha256, uint32_t retries, Progress& progress);

}  // namespace resource_broker::brokerctl
