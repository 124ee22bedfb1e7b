#include "broker_service/packages/staging.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "broker_service/modules/file_set.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using StagingTest = PackageTest;

// Below `prefix`.
Contents Below(const std::string& prefix, const Contents& contents) {
  Contents moved;
  for (const auto& [path, text] : contents) moved[prefix + path] = text;
  return moved;
}

Contents WithManifest(const std::string& from, const std::string& to) {
  Contents contents = GoodContents();
  contents[kManifestFile] = absl::StrReplaceAll(contents[kManifestFile], {{from, to}});
  return contents;
}

TEST_F(StagingTest, GoodPackage_IsInstalledAndNothingElseIsLeft) {
  const auto staged = Stage(ZipOf(GoodContents()));
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_EQ(staged->name, "m");
  EXPECT_EQ(staged->version, "1.0.0");
  EXPECT_FALSE(staged->already_staged);
  EXPECT_FALSE(staged->trusted);
  Contents expected = Below("m/1.0.0/", GoodContents());
  expected[".staging/"] = "";
  EXPECT_EQ(Installed(), expected);
}

TEST_F(StagingTest, SamePackageAgain_IsThereAlready) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  const auto staged = Stage(ZipOf(GoodContents()));
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_TRUE(staged->already_staged);
}

TEST_F(StagingTest, AnotherPackageOfThatVersion_IsRefusedAndTheFirstStays) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  EXPECT_THAT(Refusal(ZipOf(GoodContents(R"(, "description": "another")")), absl::StatusCode::kAlreadyExists),
              StartsWith("m 1.0.0 is installed"));
  EXPECT_TRUE(Stage(ZipOf(GoodContents("", "1.0.1"))).ok());
}

TEST_F(StagingTest, InstalledVersionWasDamaged_StagingItAgainSaysSo) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  WriteFile(options_.modules_directory / "m" / "1.0.0" / "run", "another program");
  EXPECT_THAT(Refusal(ZipOf(GoodContents()), absl::StatusCode::kFailedPrecondition), HasSubstr("run: "));
}

TEST_F(StagingTest, ManifestNotInOrder_IsRefusedByItsKey) {
  Contents none = GoodContents();
  none.erase(kManifestFile);
  EXPECT_THAT(Refusal(ZipOf(none)), StartsWith("manifest.json: is missing"));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("{", "["))), StartsWith("manifest.json: "));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("\"m\"", "\"../m\""))), StartsWith("manifest.json: name: "));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("\"m\"", "\"nul\""))), StartsWith("manifest.json: name: nul is a device"));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("1.0.0", "1.0"))), StartsWith("manifest.json: version: "));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("1.0.0", "1.0.0-rc."))), StartsWith("manifest.json: version: "));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("files", "fiels"))), HasSubstr("fiels"));
  EXPECT_THAT(Refusal(ZipOf(WithManifest("\"run\",", "\"ran\","))),
              StartsWith("manifest.json: files: ran, the command"));
  const std::string large = absl::StrCat(R"(, "description": ")", std::string(600 << 10, ' '), "\"");
  EXPECT_THAT(Refusal(ZipOf(GoodContents(large))), StartsWith("manifest.json: is larger than"));
}

TEST_F(StagingTest, ManifestWithoutFiles_IsNoPackage) {
  const Contents contents = {{kManifestFile, ManifestOf({})}};
  EXPECT_THAT(Refusal(ZipOf(contents)), StartsWith("manifest.json: files: is empty"));
}

TEST_F(StagingTest, FilesAndListDiffer_IsRefusedByTheFile) {
  Contents more = GoodContents();
  more["data/stranger"] = "x";
  EXPECT_THAT(Refusal(ZipOf(more)), StartsWith("data/stranger: is not listed"));
  Contents less = GoodContents();
  less.erase("data/table");
  EXPECT_THAT(Refusal(ZipOf(less)), StartsWith("data/table: is listed in manifest.json, but"));
  Contents other = GoodContents();
  other["data/table"] = "other rows";
  EXPECT_THAT(Refusal(ZipOf(other)), StartsWith("data/table: its SHA-256 is not"));
}

TEST_F(StagingTest, SignedByATrustedKey_IsTrusted) {
  const SigningKey key;
  v1::BrokerConfig::Packages settings;
  settings.add_trusted_keys(key.PublicPem());
  settings.set_require_signature(true);
  options_.keys = *TrustedKeys::Parse(settings);
  EXPECT_THAT(Refusal(ZipOf(GoodContents()), absl::StatusCode::kPermissionDenied),
              StartsWith("manifest.sig: is missing"));
  Contents contents = GoodContents();
  contents[kSignatureFile] = SigningKey().Sign(contents[kManifestFile]);
  EXPECT_THAT(Refusal(ZipOf(contents), absl::StatusCode::kPermissionDenied), StartsWith("manifest.sig: is not"));
  contents[kSignatureFile] = key.Sign(contents[kManifestFile]);
  const auto staged = Stage(ZipOf(contents));
  ASSERT_TRUE(staged.ok()) << staged.status();
  EXPECT_TRUE(staged->trusted);
  EXPECT_EQ(ReadFolder(options_.modules_directory / "m" / "1.0.0"), contents);
}

TEST_F(StagingTest, SignedByAStrangerThoughNoSignatureIsNeeded_IsRefused) {
  Contents contents = GoodContents();
  contents[kSignatureFile] = SigningKey().Sign(contents[kManifestFile]);
  EXPECT_THAT(Refusal(ZipOf(contents), absl::StatusCode::kPermissionDenied), StartsWith("manifest.sig: is not"));
}

TEST_F(StagingTest, LeftoversOfAKilledBroker_AreRemovedAndModulesStay) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  WriteFile(options_.modules_directory / ".staging" / "half" / "run", "a pro");
  WriteFile(options_.modules_directory / ".staging" / "upload", "PK");
  Staging(options_).CleanUp();
  Contents expected = Below("m/1.0.0/", GoodContents());
  expected[".staging/"] = "";
  EXPECT_EQ(Installed(), expected);
}

TEST_F(StagingTest, NothingWasEverStaged_CleaningUpMakesNothing) {
  Staging(options_).CleanUp();
  EXPECT_EQ(Installed(), Contents());
}

TEST_F(StagingTest, RemovedVersion_IsGoneAndOthersStay) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  ASSERT_TRUE(Stage(ZipOf(GoodContents("", "1.0.1"))).ok());
  Staging staging(options_);
  ASSERT_TRUE(staging.Remove("m", "1.0.0").ok());
  Contents expected = Below("m/1.0.1/", GoodContents("", "1.0.1"));
  expected[".staging/"] = "";
  EXPECT_EQ(Installed(), expected);
  EXPECT_EQ(staging.Remove("m", "1.0.0").code(), absl::StatusCode::kNotFound);
  EXPECT_TRUE(Stage(ZipOf(GoodContents())).ok());
}

TEST_F(StagingTest, RemovingWhatIsInUse_IsRefusedByWhom) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  const Contents before = Installed();
  options_.user_of = [](const std::string& name, const std::string& version) {
    return name == "m" && version == "1.0.0" ? "process 4711 runs it" : "";
  };
  const absl::Status status = Staging(options_).Remove("m", "1.0.0");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("process 4711 runs it"));
  EXPECT_EQ(Installed(), before);
}

TEST_F(StagingTest, RemovingByAPath_IsRefused) {
  ASSERT_TRUE(Stage(ZipOf(GoodContents())).ok());
  Staging staging(options_);
  EXPECT_THAT(std::string(staging.Remove("../m", "1.0.0").message()), StartsWith("name: "));
  EXPECT_THAT(std::string(staging.Remove("m", "..").message()), StartsWith("version: "));
  EXPECT_THAT(std::string(staging.Remove("m", "").message()), StartsWith("version: "));
  EXPECT_THAT(std::string(staging.Remove("", "1.0.0").message()), StartsWith("name: "));
  EXPECT_EQ(Installed().count("m/1.0.0/run"), 1U);
}

}  // namespace
}  // namespace resource_broker::broker::testing
