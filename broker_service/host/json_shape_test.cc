#include "broker_service/host/json_shape.h"

#include <gtest/gtest.h>

#include <string>

#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {
namespace {

std::string Fault(const std::string& text) {
  const auto read = ReadJson(text);
  EXPECT_TRUE(read.ok()) << read.status();
  const absl::Status status = CheckShape(*read, *v1::BrokerConfig::descriptor(), [](absl::string_view key) {
    return std::string(key == "limits.maxSessions" ? "1 to 9" : "");
  });
  return std::string(status.message());
}

TEST(JsonShapeTest, KnownKeysInEitherSpelling_AreTaken) {
  EXPECT_EQ(Fault(R"({"logLevel": "x", "limits": {"max_sessions": 4294967295, "maxResources": null},
                      "packages": {"trustedKeys": ["a", "b"], "requireSignature": false},
                      "faults": {"armed": [{"after": "18446744073709551615"}, {"after": 3, "repeat": true}]}})"),
            "");
}

TEST(JsonShapeTest, UnknownKey_NamesTheNearestOrOneFurtherIn) {
  EXPECT_EQ(Fault(R"({"loglevl": ""})"), "loglevl: unknown key (line 1, column 2); did you mean logLevel?");
  EXPECT_EQ(Fault(R"({"CertificateFile": ""})"),
            "CertificateFile: unknown key (line 1, column 2); did you mean remote.certificateFile?");
  EXPECT_EQ(Fault(R"({"xyzzyxyzzy": ""})"), "xyzzyxyzzy: unknown key (line 1, column 2)");
  EXPECT_EQ(Fault(R"({"": ""})"), ": unknown key (line 1, column 2)");
}

TEST(JsonShapeTest, ValueOfAnotherType_IsNamedWithWhatItMustBe) {
  EXPECT_EQ(Fault(R"({"limits": {"maxSessions": 0.5}})"),
            "limits.maxSessions: must be a whole number, 1 to 9, not 0.5 (line 1, column 28)");
  EXPECT_EQ(Fault(R"({"limits": {"maxResources": 4294967296}})"),
            "limits.maxResources: must be a whole number, not 4294967296 (line 1, column 29)");
  EXPECT_EQ(Fault(R"({"packages": {"trustedKeys": ["a", 1]}})"),
            "packages.trustedKeys[1]: must be a text in double quotes, not 1 (line 1, column 36)");
  EXPECT_EQ(Fault(R"({"faults": {"armed": [{"after": "many"}]}})"),
            "faults.armed[0].after: must be a whole number, not the text \"many\" (line 1, column 33)");
}

}  // namespace
}  // namespace resource_broker::broker
