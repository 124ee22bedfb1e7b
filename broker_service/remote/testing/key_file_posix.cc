#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/remote/testing/key_file.h"

namespace resource_broker::broker::testing {

void WriteKeyFile(const std::filesystem::path& file, const std::string& key) {
  WriteFile(file, key);
  std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace resource_broker::broker::testing
