#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/doctor/cluster_type_windows.h"

namespace resource_broker::broker {
namespace {

constexpr char kCheck[] = "cluster";
constexpr wchar_t kResourceType[] = L"Resource Broker";

}  // namespace

void CheckCluster(Findings* findings) {
  const absl::StatusOr<std::string> library = ResourceTypeLibrary(kResourceType);
  if (absl::IsNotFound(library.status())) {
    findings->Error(kCheck, "the cluster has no resource type \"Resource Broker\"", "brokerctl cluster register");
  } else if (!library.ok()) {
    findings->Warning(kCheck, absl::StrCat("no cluster here: ", library.status().message()),
                      "join this node to a cluster, or start its cluster service (ClusSvc), if it is to be in one");
  } else {
    const std::filesystem::path file = std::filesystem::u8path(*library);
    std::error_code error;
    // A name without a folder is the cluster's to find.
    if (!file.is_absolute() || std::filesystem::is_regular_file(file, error)) {
      findings->Ok(kCheck, absl::StrCat("the resource type \"Resource Broker\" is ", *library));
    } else {
      findings->Error(kCheck,
                      absl::StrCat("the resource type \"Resource Broker\" is ", *library, ", which is not here"),
                      "install resource_bridge.dll at that path on every node, or brokerctl cluster register with its "
                      "path");
    }
  }
}

}  // namespace resource_broker::broker
