// What is refused in a stranger's zip.
#include "broker_service/packages/zip_package.h"

#include "absl/strings/str_cat.h"
#include "broker_service/packages/testing/package_fixture.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr uint32_t kModeShift = 16;

class ZipPackageTest : public PackageTest {
 protected:
  // A good package with one entry more.
  std::string RefusalOf(const ZipEntry& entry) { return Refusal(ZipOf(With({entry}))); }

  static std::vector<ZipEntry> With(const std::vector<ZipEntry>& more) {
    std::vector<ZipEntry> entries;
    for (const auto& [path, text] : GoodContents()) entries.push_back({path, text});
    entries.insert(entries.end(), more.begin(), more.end());
    return entries;
  }
};

TEST_F(ZipPackageTest, NamesThatLeadAway_AreRefused) {
  for (const char* name : {"../evil", "data/../../evil", "./evil", "data//evil", "/etc/passwd", "C:/evil", "C:evil",
                           "..\\evil", "data\\evil", "\\\\server\\share", "evil:stream", "evil?", "/", "../"}) {
    EXPECT_THAT(RefusalOf({name, "x"}), HasSubstr("its path must lead into the package")) << name;
  }
  EXPECT_THAT(RefusalOf({"data/../../evil", "x"}), StartsWith("data/../../evil: "));
}

TEST_F(ZipPackageTest, NamesThatAreNotTheSameEverywhere_AreRefused) {
  for (const char* name :
       {"NUL", "con.txt", "data/Aux", "com1.log", "LPT9", "lpt\u00b9", "conout$", "nul .x", "PRN/x"}) {
    EXPECT_THAT(RefusalOf({name, "x"}), HasSubstr("is a device's name on Windows")) << name;
  }
  for (const char* name : {"evil.", "evil ", "data./evil", "data /evil"}) {
    EXPECT_THAT(RefusalOf({name, "x"}), HasSubstr("ends with a dot or a space")) << name;
  }
  EXPECT_THAT(RefusalOf({"a\nb", "x"}), HasSubstr("control character"));
  EXPECT_THAT(Refusal(Patched(ZipOf(With({{"ab_name", "x"}})), "ab_", "a\xff_")),
              AllOf(StartsWith("a\\xff_name: "), HasSubstr("not UTF-8")));
  EXPECT_THAT(RefusalOf({std::string(256, 'x'), "x"}), HasSubstr("longer than 255 bytes"));
  std::string deep = "x";
  for (int i = 0; i < 16; ++i) deep += "/x";
  EXPECT_THAT(RefusalOf({deep, "x"}), HasSubstr("deeper than 16 levels"));
}

TEST_F(ZipPackageTest, NameWithNul_IsNotTakenForWhatStandsBeforeIt) {
  // libzip makes a space of it.
  const std::string zip = Patched(ZipOf(With({{"run_more", "x"}})), "run_more", std::string("run\0more", 8));
  EXPECT_THAT(Refusal(zip), AllOf(StartsWith("run more: "), HasSubstr("is not listed")));
}

TEST_F(ZipPackageTest, LinksAndOtherThanPlainFiles_AreRefused) {
  for (const uint32_t type : {0120000U, 0010000U, 0020000U, 0060000U, 0140000U, 0040000U}) {
    EXPECT_EQ(RefusalOf({"evil", "run", (type | 0777U) << kModeShift}), "evil: is a link, or no plain file") << type;
  }
  for (const uint32_t attribute : {0x8U, 0x40U, 0x400U}) {
    EXPECT_THAT(RefusalOf({"evil", "run", attribute}), EndsWith("is a link, or no plain file")) << attribute;
  }
  EXPECT_THAT(RefusalOf({"evil/", "", 0120777U << kModeShift}), EndsWith("is a link, or no plain file"));
}

TEST_F(ZipPackageTest, SameNameTwice_IsRefused) {
  EXPECT_EQ(Refusal(Patched(ZipOf(With({{"ran", "x"}})), "ran", "run")), "run: is there twice");
  EXPECT_EQ(Refusal(Patched(ZipOf(With({{"manifest_json", "{}"}})), "manifest_json", "manifest.json")),
            "manifest.json: is there twice");
  EXPECT_EQ(RefusalOf({"RUN", "x"}), "RUN: is there in upper and lower case");
  EXPECT_EQ(RefusalOf({"Manifest.JSON", "x"}), "Manifest.JSON: is there in upper and lower case");
  EXPECT_EQ(RefusalOf({"Data/other", "x"}), "Data/other: its folder is there in upper and lower case");
  EXPECT_EQ(RefusalOf({"run/inner", "x"}), "run/inner: run is there as a file, too");
  EXPECT_EQ(RefusalOf({"data", "x"}), "data: is there as a folder, too");
}

TEST_F(ZipPackageTest, Encrypted_IsRefused) {
  EXPECT_EQ(Refusal(WithHeaders(ZipOf(GoodContents()), "run", 8, 6, "\x01")), "run: is encrypted");
}

TEST_F(ZipPackageTest, PackedInAnotherWay_IsRefused) {
  EXPECT_THAT(Refusal(WithHeaders(ZipOf(GoodContents()), "run", 10, 8, "\x0c")),
              StartsWith("run: is packed by method 12"));
}

TEST_F(ZipPackageTest, TooManyEntries_AreRefused) {
  std::vector<ZipEntry> many;
  for (size_t i = 0; i <= FileSet::kMaxFiles; ++i) many.push_back({absl::StrCat("f", i), ""});
  EXPECT_THAT(Refusal(ZipOf(many)), HasSubstr("1001 entries, more than 1000"));
}

TEST_F(ZipPackageTest, DirectoryThatClaimsMany_IsRefusedBeforeItIsRead) {
  std::string claims = ZipOf(GoodContents());
  claims.replace(claims.rfind("PK\5\6") + 10, 2, "\xff\xff");
  EXPECT_THAT(Refusal(claims), HasSubstr("65535 entries"));
  std::string large = ZipOf(GoodContents());
  large.insert(large.rfind("PK\5\6"), std::string("PK\6\7") + std::string(16, '\0'));
  EXPECT_THAT(Refusal(large), HasSubstr("zip64"));
}

TEST_F(ZipPackageTest, MoreThanAllowed_IsRefusedWhateverTheHeadersSay) {
  Contents contents = {{"run", std::string(1 << 20, '0')}};
  contents[kManifestFile] = ManifestOf(contents);
  options_.max_package_bytes = 1 << 16;
  // Stands for the size that is unpacked.
  const std::string lying = WithHeaders(ZipOf(contents), "run", 24, 22, std::string("\1\0\0\0", 4));
  for (const std::string& bytes : {ZipOf(contents), lying}) {
    EXPECT_THAT(Refusal(bytes, absl::StatusCode::kResourceExhausted),
                AllOf(StartsWith("run: "), HasSubstr("limits.maxPackageBytes, 65536")));
  }
}

TEST_F(ZipPackageTest, ManySmallOnesThatAreMoreThanAllowed_AreRefused) {
  Contents contents = {{"run", ""}};
  for (int i = 0; i < 10; ++i) contents[absl::StrCat("part", i)] = std::string(10000, '0');
  contents[kManifestFile] = ManifestOf(contents);
  options_.max_package_bytes = 50000;
  EXPECT_THAT(Refusal(ZipOf(contents), absl::StatusCode::kResourceExhausted), StartsWith("part"));
}

TEST_F(ZipPackageTest, NoZip_IsRefused) {
  EXPECT_THAT(Refusal("hello"), HasSubstr("is not a zip file in order"));
  EXPECT_THAT(Refusal(""), HasSubstr("is not a zip file in order"));
  const std::string good = ZipOf(GoodContents());
  EXPECT_THAT(Refusal(good.substr(0, good.size() / 2)), HasSubstr("is not a zip file in order"));
}

TEST_F(ZipPackageTest, BytesThatFlipped_AreRefused) {
  // Stored, as it is too short to become shorter.
  EXPECT_THAT(Refusal(Patched(ZipOf(GoodContents()), "a program", "a progRam")), StartsWith("run: "));
}

TEST_F(ZipPackageTest, EntriesForFolders_AreTaken) {
  const auto staged = Stage(ZipOf(With({{"data/", "", 0040755U << kModeShift}})));
  EXPECT_TRUE(staged.ok()) << staged.status();
}

}  // namespace
}  // namespace resource_broker::broker::testing
