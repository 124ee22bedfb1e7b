// A folder that is removed with everything in it.
#pragma once

#include <string>

namespace resource_broker::ipc::testing {

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// An address in `folder` (which Windows does not use) that nobody else has.
std::string NewAddress(const TemporaryFolder& folder);

}  // namespace resource_broker::ipc::testing
