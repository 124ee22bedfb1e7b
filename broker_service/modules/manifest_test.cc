#include "broker_service/modules/manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace resource_broker::broker {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGood[] =
    R"({"name": "good_1", "version": "1.2.3", "min_protocol": 1, "max_protocol": 1, "command": "bin/good"})";

std::string Fault(const std::string& from, const std::string& to) {
  const auto manifest = ParseManifest(absl::StrReplaceAll(kGood, {{from, to}}));
  EXPECT_FALSE(manifest.ok()) << to;
  return std::string(manifest.status().message());
}

TEST(ManifestTest, GoodOne_IsRead) {
  const auto manifest = ParseManifest(kGood);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->name(), "good_1");
  EXPECT_FALSE(manifest->idempotent());
}

TEST(ManifestTest, BothSpellingsOfKeys_AreRead) {
  EXPECT_TRUE(ParseManifest(absl::StrReplaceAll(kGood, {{"min_protocol", "minProtocol"}})).ok());
}

TEST(ManifestTest, EachFault_IsNamedByItsKey) {
  EXPECT_THAT(Fault(R"("name")", R"("nmae")"), HasSubstr("nmae"));
  EXPECT_THAT(Fault("good_1", "Good"), StartsWith("name:"));
  EXPECT_THAT(Fault("good_1", "../good"), StartsWith("name:"));
  EXPECT_THAT(Fault("good_1", ""), StartsWith("name:"));
  EXPECT_THAT(Fault("1.2.3", "1.2"), StartsWith("version:"));
  EXPECT_THAT(Fault("1.2.3", "1.2.x"), StartsWith("version:"));
  EXPECT_THAT(Fault("1.2.3", "1.2.3-"), StartsWith("version:"));
  EXPECT_THAT(Fault("1.2.3", "1.2.99999999999"), StartsWith("version:"));
  EXPECT_THAT(Fault("1.2.3", "1.2.3/.."), StartsWith("version:"));
  EXPECT_THAT(Fault(R"("min_protocol": 1)", R"("min_protocol": 0)"), StartsWith("min_protocol:"));
  EXPECT_THAT(Fault(R"("min_protocol": 1)", R"("min_protocol": 2)"), StartsWith("max_protocol:"));
  EXPECT_THAT(Fault("bin/good", "../good"), StartsWith("command:"));
  EXPECT_THAT(Fault("bin/good", "/bin/sh"), StartsWith("command:"));
  EXPECT_THAT(Fault("bin/good", "C:/good"), StartsWith("command:"));
  EXPECT_THAT(Fault("bin/good", "bin\\\\good"), StartsWith("command:"));
  EXPECT_THAT(Fault("bin/good", ""), StartsWith("command:"));
  EXPECT_THAT(Fault("}", R"(, "arguments": {"x": 1}})"), HasSubstr("arguments"));
  EXPECT_THAT(Fault("}", R"(, "arguments": ["a\u0000b"]})"), StartsWith("arguments:"));
  EXPECT_THAT(Fault("}", absl::StrCat(R"(, "description": ")", std::string(1025, 'x'), "\"}")),
              StartsWith("description:"));
  EXPECT_FALSE(ParseManifest("").ok());
  EXPECT_FALSE(ParseManifest("[1, 2]").ok());
}

std::string WithFiles(const std::string& files) { return absl::StrCat(R"(, "files": {)", files, "}}"); }

TEST(ManifestTest, FilesAndTypes_AreRead) {
  const std::string hash(64, 'a');
  const auto manifest = ParseManifest(absl::StrReplaceAll(
      kGood, {{"}", absl::StrCat(R"(, "resource_types": ["Generic Service"], "files": {"bin/good": ")", hash,
                                 R"(", "data/table": ")", hash, "\"}}")}}));
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->files().size(), 2U);
  EXPECT_EQ(manifest->resource_types(0), "Generic Service");
  // ".exe" may be left out of `command`.
  EXPECT_TRUE(
      ParseManifest(absl::StrReplaceAll(kGood, {{"}", WithFiles(absl::StrCat("\"bin/good.exe\": \"", hash, "\""))}}))
          .ok());
}

TEST(ManifestTest, FaultInFilesOrTypes_IsNamedByKeyAndPath) {
  const std::string hash = absl::StrCat("\"", std::string(64, 'a'), "\"");
  const std::string good = absl::StrCat("\"bin/good\": ", hash);
  const auto fault = [&](const std::string& files) { return Fault("}", WithFiles(absl::StrCat(good, ", ", files))); };
  EXPECT_THAT(Fault("}", WithFiles(absl::StrCat("\"other\": ", hash))), StartsWith("files: bin/good, the command"));
  EXPECT_THAT(fault(R"("short": "aa")"), StartsWith("files: short: must be a SHA-256"));
  EXPECT_THAT(fault(absl::StrCat(R"("upper": ")", std::string(64, 'A'), "\"")), StartsWith("files: upper: "));
  EXPECT_THAT(fault(absl::StrCat(R"("../evil": )", hash)), StartsWith("files: ../evil: "));
  EXPECT_THAT(fault(absl::StrCat(R"("data/NUL": )", hash)), StartsWith("files: data/NUL: "));
  EXPECT_THAT(fault(absl::StrCat(R"("a\u0000b": )", hash)), HasSubstr("NUL"));
  EXPECT_THAT(fault(absl::StrCat(R"("manifest.json": )", hash)), StartsWith("files: manifest.json: is there twice"));
  EXPECT_THAT(fault(absl::StrCat(R"("BIN/good": )", hash)), StartsWith("files: "));
  std::string many = "\"x\": " + hash;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&many, ", \"f", i, "\": ", hash);
  EXPECT_THAT(fault(many), HasSubstr("more than 1000 files"));
  EXPECT_THAT(Fault("}", R"(, "resource_types": [""]})"), StartsWith("resource_types:"));
  EXPECT_THAT(Fault("}", R"(, "resource_types": ["a\nb"]})"), StartsWith("resource_types:"));
  EXPECT_THAT(Fault("}", absl::StrCat(R"(, "resource_types": [")", std::string(257, 'x'), "\"]}")),
              StartsWith("resource_types:"));
}

TEST(ManifestTest, Versions_AreOrderedByTheirNumbers) {
  EXPECT_TRUE(OlderVersion("1.9.0", "1.10.0"));
  EXPECT_FALSE(OlderVersion("1.10.0", "1.9.0"));
  EXPECT_TRUE(OlderVersion("1.0.0-rc1", "1.0.0"));
  EXPECT_FALSE(OlderVersion("1.0.0", "1.0.0-rc1"));
  EXPECT_TRUE(OlderVersion("1.0.0-rc1", "1.0.0-rc2"));
  EXPECT_FALSE(OlderVersion("1.0.0", "1.0.0"));
}

}  // namespace
}  // namespace resource_broker::broker
