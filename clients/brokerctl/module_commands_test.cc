#include "clients/brokerctl/module_commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/testing/command_run.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::brokerctl {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string ReadWhole(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
}

class ModuleCommandsTest : public ::testing::Test {
 protected:
  ModuleCommandsTest() {
    Write("manifest.json",
          R"({"name": "m", "version": "1.0.0", "min_protocol": 1, "max_protocol": 1, "command": "run"})");
    Write("run", "a program");
  }

  void Write(const std::string& name, const std::string& text) {
    fs::create_directories((author_ / name).parent_path());
    std::ofstream(author_ / name, std::ios::binary) << text;
  }

  // No broker is needed for it.
  CommandRun Pack(const fs::path& out) {
    return RunLine({"modules", "pack", author_.u8string(), "--out", out.u8string()});
  }

  const ipc::testing::TemporaryFolder folder_;
  const fs::path author_ = fs::path(folder_.path()) / "author";
  const fs::path out_ = fs::path(folder_.path()) / "m.zip";
};

TEST_F(ModuleCommandsTest, Pack_ListsTheFilesInTheManifestAndMakesTheZip) {
  const CommandRun run = Pack(out_);
  ASSERT_EQ(run.exit_code, kDone) << run.errors;
  EXPECT_EQ(run.out, out_.u8string() + "\n");
  // SHA-256 of "a program".
  EXPECT_THAT(ReadWhole(author_ / "manifest.json"),
              HasSubstr("\"run\": \"d69ea8cda2433733c1ce02de65da8f48e6a3dbba6bb18876a2062908e54ef7cb\""));
  EXPECT_THAT(ReadWhole(out_), StartsWith("PK\3\4"));
}

TEST_F(ModuleCommandsTest, PackTwice_LeavesManifestAndZipAsTheyAre) {
  ASSERT_EQ(Pack(out_).exit_code, kDone);
  const std::string manifest = ReadWhole(author_ / "manifest.json");
  const std::string zip = ReadWhole(out_);
  ASSERT_EQ(Pack(out_).exit_code, kDone);
  EXPECT_EQ(ReadWhole(author_ / "manifest.json"), manifest);
  EXPECT_EQ(ReadWhole(out_), zip);
}

TEST_F(ModuleCommandsTest, PackIntoItself_IsRefusedAndNothingIsWritten) {
  const std::string before = ReadWhole(author_ / "manifest.json");
  EXPECT_EQ(Pack(author_ / "m.zip").exit_code, kUsage);
  EXPECT_EQ(ReadWhole(author_ / "manifest.json"), before);
  EXPECT_FALSE(fs::exists(author_ / "m.zip"));
}

TEST_F(ModuleCommandsTest, PackOfAFolderNotInOrder_NamesTheFile) {
  const std::string deep = "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/file";
  Write(deep, "x");
  EXPECT_THAT(Pack(out_).errors, StartsWith("brokerctl: " + deep + ": "));
  EXPECT_FALSE(fs::exists(out_));
}

TEST_F(ModuleCommandsTest, SomethingMissing_IsAnError) {
  for (const std::vector<std::string>& line : {std::vector<std::string>{"modules", "pack"},
                                               {"modules", "stage"},
                                               {"modules", "remove"},
                                               {"modules", "remove", "m"},
                                               {"modules"},
                                               {"fault"},
                                               {"fault", "arm", "crash_before"},
                                               {"queue", "limits"},
                                               {"resources", "lock", "r"}}) {
    EXPECT_EQ(RunLine(line).exit_code, kUsage) << line.back();
  }
}

}  // namespace
}  // namespace resource_broker::brokerctl
