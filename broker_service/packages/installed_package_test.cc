#include "broker_service/packages/installed_package.h"

#include "broker_service/modules/file_set.h"
#include "broker_service/modules/manifest.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::StartsWith;

class InstalledPackageTest : public PackageTest {
 protected:
  void Install(const Contents& contents) {
    WriteFolder(installed_, contents);
    manifest_ = *ParseManifest(contents.at(kManifestFile));
  }

  std::string Fault() {
    const absl::Status status = VerifyInstalled(installed_, manifest_, keys_);
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  }

  void Trust(const SigningKey& key) {
    v1::BrokerConfig::Packages settings;
    settings.add_trusted_keys(key.Public());
    settings.set_require_signature(true);
    keys_ = *TrustedKeys::Parse(settings);
  }

  const fs::path installed_ = options_.modules_directory / "m" / "1.0.0";
  v1::ModuleManifest manifest_;
  TrustedKeys keys_;
};

TEST_F(InstalledPackageTest, AsPacked_IsGood) {
  Install(GoodContents());
  EXPECT_TRUE(VerifyInstalled(installed_, manifest_, keys_).ok());
}

TEST_F(InstalledPackageTest, FileChangedMissingOrAdded_IsNamed) {
  Install(GoodContents());
  WriteFile(installed_ / "data" / "table", "r0ws");
  EXPECT_EQ(Fault(), "data/table: is not the file that manifest.json lists: it was changed");
  fs::remove(installed_ / "data" / "table");
  EXPECT_EQ(Fault(), "data/table: is missing");
  Install(GoodContents());
  WriteFile(installed_ / "data" / "stranger.dll", "x");
  EXPECT_EQ(Fault(), "data/stranger.dll: is not listed in manifest.json");
}

TEST_F(InstalledPackageTest, ManifestChangedSinceItWasRead_IsRefused) {
  Install(GoodContents());
  WriteFile(installed_ / kManifestFile, ManifestOf({{"run", "evil"}}));
  EXPECT_THAT(Fault(), StartsWith("manifest.json: was changed"));
  WriteFile(installed_ / kManifestFile, "{");
  EXPECT_THAT(Fault(), StartsWith("manifest.json: "));
  fs::remove(installed_ / kManifestFile);
  EXPECT_EQ(Fault(), "manifest.json: is missing");
}

TEST_F(InstalledPackageTest, FilesAndHashesChangedTogether_OnlyASignatureTells) {
  const SigningKey key;
  Contents contents = GoodContents();
  contents[kSignatureFile] = key.Sign(contents[kManifestFile]);
  Trust(key);
  Install(contents);
  EXPECT_TRUE(VerifyInstalled(installed_, manifest_, keys_).ok());
  contents["run"] = "evil";
  contents[kManifestFile] = ManifestOf(contents);
  Install(contents);
  EXPECT_THAT(Fault(), StartsWith("manifest.sig: is not the signature"));
  fs::remove(installed_ / kSignatureFile);
  EXPECT_THAT(Fault(), StartsWith("manifest.sig: is missing"));
  keys_ = TrustedKeys();
  EXPECT_TRUE(VerifyInstalled(installed_, manifest_, keys_).ok());
}

TEST_F(InstalledPackageTest, PutThereByHand_IsGoodUnlessASignatureIsRequired) {
  const SigningKey key;
  Install({{kManifestFile, ManifestOf({})}, {"run", "whatever"}});
  EXPECT_TRUE(VerifyInstalled(installed_, manifest_, keys_).ok());
  Trust(key);
  EXPECT_THAT(Fault(), StartsWith("manifest.sig: is missing"));
  // One that vouches for no file vouches for nothing.
  WriteFile(installed_ / kSignatureFile, key.Sign(ManifestOf({})));
  EXPECT_THAT(Fault(), StartsWith("manifest.json: files: is empty"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
