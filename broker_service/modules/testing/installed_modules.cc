#include "broker_service/modules/testing/installed_modules.h"

#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/host/platform.h"
#include "broker_service/text.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kProgram[] = "broker_test_module";

}  // namespace

TemporaryFolder::TemporaryFolder() : path_(fs::temp_directory_path() / ("rb-" + Hex(RandomBytes(6)))) {
  fs::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void WriteFile(const fs::path& file, const std::string& text) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << text;
}

void InstallTestModule(const fs::path& root, const std::string& name, const std::string& behaviour,
                       const std::string& version, const std::string& more) {
  const fs::path folder = root / name / version;
  WriteFile(folder / "manifest.json", absl::StrCat(R"({"name": ")", name, R"(", "version": ")", version,
                                                   R"(", "min_protocol": 1, "max_protocol": 1, "command": ")", kProgram,
                                                   R"(", "arguments": [")", behaviour, "\"]", more, "}"));
  const fs::path built = ProgramFile().parent_path() / (kProgram + ProgramFile().extension().string());
  std::error_code error;
  // Again for the same version: with another behaviour.
  if (fs::exists(folder / built.filename(), error)) return;
  fs::create_hard_link(built, folder / built.filename(), error);
  // On another volume a copy does as well.
  if (error) fs::copy_file(built, folder / built.filename(), fs::copy_options::overwrite_existing);
}

}  // namespace resource_broker::broker::testing
