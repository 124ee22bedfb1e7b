// A modules folder of a test's own.
#pragma once

#include <filesystem>
#include <string>

namespace resource_broker::broker::testing {

// A folder that goes with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

void WriteFile(const std::filesystem::path& file, const std::string& text);

// Puts the test module under <root>/<name>/<version>, to behave as `behaviour` says. `more` goes into the manifest as
// it is: `, "idempotent": true`.
void InstallTestModule(const std::filesystem::path& root, const std::string& name, const std::string& behaviour,
                       const std::string& version = "1.0.0", const std::string& more = "");

}  // namespace resource_broker::broker::testing
