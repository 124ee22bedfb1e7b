#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include <string>

#include "clients/brokerctl/contexts_file.h"

namespace resource_broker::brokerctl {

std::filesystem::path DefaultContextsFile() {
  std::wstring folder(32768, L'\0');  // the longest value Windows has
  const DWORD length = GetEnvironmentVariableW(L"APPDATA", folder.data(), static_cast<DWORD>(folder.size()));
  if (length == 0 || length >= folder.size()) return {};
  folder.resize(length);
  return std::filesystem::path(folder) / L"resource-broker" / L"contexts.json";
}

}  // namespace resource_broker::brokerctl
