#include <winsock2.h>

#include "clients/cluster/testing/environment.h"
// clang-format off
#include <windows.h>
// clang-format on

#include "ipc/utf16.h"

namespace resource_broker::cluster::testing {

void SetEnvironment(const std::string& name, const std::string& value) {
  ::SetEnvironmentVariableW(ipc::WideFromUtf8(name).c_str(), ipc::WideFromUtf8(value).c_str());
}

}  // namespace resource_broker::cluster::testing
