#include "broker_service/packages/package_writer.h"

#include <fstream>
#include <iterator>

#include "broker_service/modules/file_set.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kUnlisted[] =
    R"({"name": "m", "version": "1.0.0", "min_protocol": 1, "max_protocol": 1, "command": "run"})";

class PackageWriterTest : public PackageTest {
 protected:
  PackageWriterTest() {
    WriteFolder(author_, {{kManifestFile, kUnlisted}, {"run", "a program"}, {"data/table", "rows"}});
  }

  std::string Packed() {
    const absl::StatusOr<CompletedManifest> manifest = CompleteManifest(author_);
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    const absl::Status written = WriteZip(author_, *manifest, zip_);
    EXPECT_TRUE(written.ok()) << written;
    std::ifstream stream(zip_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }

  std::string Fault() { return std::string(CompleteManifest(author_).status().message()); }

  const fs::path author_ = folder_.path() / "author";
  const fs::path zip_ = folder_.path() / "m.zip";
};

TEST_F(PackageWriterTest, PackedFolder_CanBeStaged) {
  const auto staged = Stage(Packed());
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_EQ(Installed().at("m/1.0.0/data/table"), "rows");
  const auto manifest = ParseManifest(Installed().at("m/1.0.0/manifest.json"));
  ASSERT_TRUE(manifest.ok());
  EXPECT_EQ(manifest->files().at("run"), HashOf("a program"));
}

TEST_F(PackageWriterTest, SameFolderTwice_GivesTheSameBytes) {
  for (char c = 'a'; c < 'z'; ++c) WriteFile(author_ / std::string(1, c), "x");
  const std::string first = Packed();
  EXPECT_EQ(Packed(), first);
}

TEST_F(PackageWriterTest, ListThatIsRight_LeavesTheManifestsBytesAlone) {
  const Contents contents = GoodContents(" ,  \"description\" : \"as its author wrote it\"");
  WriteFolder(author_, contents);
  const auto manifest = CompleteManifest(author_);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_FALSE(manifest->changed);
  EXPECT_EQ(manifest->text, contents.at(kManifestFile));
}

TEST_F(PackageWriterTest, FileChanged_TheListChangesAndTheRestStays) {
  WriteFolder(author_, GoodContents(R"(, "description": "stays", "limits": {"memory_bytes": "16777216"})"));
  WriteFile(author_ / "run", "another program");
  const auto completed = CompleteManifest(author_);
  ASSERT_TRUE(completed.ok()) << completed.status();
  EXPECT_TRUE(completed->changed);
  const v1::ModuleManifest manifest = *ParseManifest(completed->text);
  EXPECT_EQ(manifest.files().at("run"), HashOf("another program"));
  EXPECT_EQ(manifest.description(), "stays");
  EXPECT_EQ(manifest.limits().memory_bytes(), 16777216U);
}

TEST_F(PackageWriterTest, SignedManifestThatNoLongerFits_HasToBeSignedAgain) {
  Contents contents = GoodContents();
  contents[kSignatureFile] = std::string(64, 's');
  WriteFolder(author_, contents);
  EXPECT_TRUE(CompleteManifest(author_).ok());
  WriteFile(author_ / "run", "another program");
  EXPECT_EQ(CompleteManifest(author_).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(Fault(), StartsWith("manifest.sig: "));
}

TEST_F(PackageWriterTest, FolderNotInOrder_IsRefusedByTheFile) {
  // Deeper than 16 levels: what else is refused has no place in a folder of Windows to begin with.
  const std::string deep = "d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/file";
  WriteFile(author_ / deep, "x");
  EXPECT_THAT(Fault(), StartsWith(deep + ": "));
  fs::remove_all(author_ / "d");
  fs::remove(author_ / "run");
  EXPECT_THAT(Fault(), HasSubstr("run, the command, is missing"));
  WriteFile(author_ / kManifestFile, "{");
  EXPECT_THAT(Fault(), StartsWith("manifest.json: "));
  fs::remove(author_ / kManifestFile);
  EXPECT_THAT(Fault(), StartsWith("manifest.json: is missing"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
