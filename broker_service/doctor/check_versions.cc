#include <grpcpp/grpcpp.h>

#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"

namespace resource_broker::broker {

void CheckVersions(const Installation& installation, const std::optional<RunningBroker>& running, Findings* findings) {
  const std::string& version = installation.options.version;
  if (running.has_value() && running->version != version) {
    findings->Warning("version.broker",
                      absl::StrCat("resource_broker ", running->version, " runs, and this program is ", version),
                      "resource_broker upgrade PATH, with the program that is to run");
  } else {
    findings->Ok("version.broker", absl::StrCat("resource_broker ", version));
  }
  // Natively gRPC is the system's, and may be replaced.
  const std::string grpc = grpc::Version();
  if (grpc == GRPC_CPP_VERSION_STRING) {
    findings->Ok("version.grpc", absl::StrCat("gRPC ", grpc));
  } else {
    findings->Warning("version.grpc",
                      absl::StrCat("gRPC is ", grpc, ", and the broker was built with ", GRPC_CPP_VERSION_STRING),
                      "install the gRPC it was built with, or build it again");
  }
}

void CheckBridgeLibrary(const DoctorOptions& options, Findings* findings) {
  const std::filesystem::path library = options.program.parent_path() / BridgeLibraryName();
  std::error_code error;
  if (std::filesystem::is_regular_file(library, error)) {
    findings->Ok("version.bridge", absl::StrCat(library.u8string(), " is there"));
  } else {
    findings->Warning("version.bridge", absl::StrCat(library.u8string(), " is not there"),
                      "install it beside the broker, if the cluster loads it from there");
  }
}

}  // namespace resource_broker::broker
