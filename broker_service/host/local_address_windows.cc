#include "broker_service/host/local_address.h"
#include "ipc/pipe_name_windows.h"

namespace resource_broker::broker {

absl::Status CheckLocalAddress(const std::string& address) { return ipc::PipeName(address).status(); }

}  // namespace resource_broker::broker
