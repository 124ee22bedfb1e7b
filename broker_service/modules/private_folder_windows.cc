#include "broker_service/modules/private_folder.h"

namespace resource_broker::broker {

absl::Status MakePrivateFolder(const std::filesystem::path& folder) { return absl::OkStatus(); }

void RemoveAddress(const std::string& address) {}

}  // namespace resource_broker::broker
