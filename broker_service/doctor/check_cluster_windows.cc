#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"
#include "clients/cluster/cluster_api.h"

namespace resource_broker::broker {
namespace {

constexpr char kCheck[] = "cluster";
constexpr char kResourceType[] = "Resource Broker";

absl::StatusOr<std::optional<cluster::ResourceType>> FindType() {
  const auto api = cluster::OpenClusterApi("", "");
  if (!api.ok()) return api.status();
  return (*api)->FindType(kResourceType);
}

}  // namespace

void CheckCluster(Findings* findings) {
  const auto type = FindType();
  if (!type.ok()) {
    findings->Warning(kCheck, absl::StrCat("no cluster here: ", type.status().message()),
                      "join this node to a cluster, or start its cluster service (ClusSvc), if it is to be in one");
  } else if (!type->has_value()) {
    findings->Error(kCheck, "the cluster has no resource type \"Resource Broker\"", "brokerctl cluster register");
  } else {
    const std::string& library = (*type)->dll;
    const std::filesystem::path file = std::filesystem::u8path(library);
    std::error_code error;
    // A name without a folder is the cluster's to find.
    if (!file.is_absolute() || std::filesystem::is_regular_file(file, error)) {
      findings->Ok(kCheck, absl::StrCat("the resource type \"Resource Broker\" is ", library));
    } else {
      findings->Error(kCheck, absl::StrCat("the resource type \"Resource Broker\" is ", library, ", which is not here"),
                      "install resource_bridge.dll at that path on every node, or brokerctl cluster register with its "
                      "path");
    }
  }
}

}  // namespace resource_broker::broker
