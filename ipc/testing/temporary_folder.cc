#include "ipc/testing/temporary_folder.h"

#include <filesystem>
#include <system_error>

#include "ipc/channel.h"
#include "ipc/random.h"

namespace resource_broker::ipc::testing {

TemporaryFolder::TemporaryFolder() {
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / ("rb_ipc_" + RandomHex());
  std::filesystem::create_directory(folder);
  std::filesystem::permissions(folder, std::filesystem::perms::owner_all);
  path_ = folder.string();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string NewAddress(const TemporaryFolder& folder) { return PrivateAddress("rb_ipc_test", folder.path()); }

}  // namespace resource_broker::ipc::testing
