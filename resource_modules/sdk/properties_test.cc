#include "resource_modules/sdk/properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "resource_modules/sdk/program.h"

namespace resource_broker::sdk {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Properties Some() {
  google::protobuf::Map<std::string, v1::PropertyValue> values;
  values["ServiceName"].set_text("Spooler");
  values["Path"].set_expand_text("%PATH%/a%b%PATH%100%");
  values["TimeoutMs"].set_number(5000);
  values["Big"].set_big_number(uint64_t{1} << 40);
  values["TextNumber"].set_text("42");
  values["List"].mutable_text_list()->add_values("a;b");
  values["List"].mutable_text_list()->add_values("");
  values["Blob"].set_binary("x");
  values["Nothing"];
  return Properties("property", values);
}

std::string Error(const absl::Status& status) {
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

TEST(PropertiesTest, NamesOfAnyCase_AreFound) {
  EXPECT_EQ(Some().Text("servicename").value(), "Spooler");
  EXPECT_TRUE(Some().Has("SERVICENAME"));
  EXPECT_FALSE(Some().Has("ServiceNam"));
}

TEST(PropertiesTest, MissingValue_IsNamedOrReplacedByTheFallback) {
  EXPECT_EQ(Error(Some().Text("Executable").status()), "property Executable is missing");
  EXPECT_EQ(Some().Text("Executable", "x").value(), "x");
  EXPECT_EQ(Error(Some().Number("Port", 0, 9).status()), "property Port is missing");
  EXPECT_EQ(Some().Number("Port", 0, 9, 7).value(), 7);
  EXPECT_THAT(Some().TextList("Arguments").value(), IsEmpty());
}

TEST(PropertiesTest, WrongType_IsNamedEvenWithAFallback) {
  EXPECT_EQ(Error(Some().Text("TimeoutMs", "x").status()), "property TimeoutMs must be text and is a number");
  EXPECT_EQ(Error(Some().Number("Blob", 0, 9, 1).status()), "property Blob must be a number and is binary");
  EXPECT_EQ(Error(Some().Number("ServiceName", 0, 9).status()), "property ServiceName must be a number and is text");
  EXPECT_THAT(Error(Some().TextList("TimeoutMs").status()), HasSubstr("a list of texts and is a number"));
  EXPECT_THAT(Error(Some().Text("Nothing").status()), HasSubstr("without a value"));
}

TEST(PropertiesTest, Numbers_OfEveryTypeWithinTheirRange) {
  EXPECT_EQ(Some().Number("TimeoutMs", 5000, 5000).value(), 5000);
  EXPECT_EQ(Some().Number("Big", 0, UINT64_MAX).value(), uint64_t{1} << 40);
  EXPECT_EQ(Some().Number("TextNumber", 0, 100).value(), 42);
  EXPECT_EQ(Error(Some().Number("TimeoutMs", 1, 4999).status()), "property TimeoutMs must be 1 to 4999 and is 5000");
  EXPECT_EQ(Some().Milliseconds("TimeoutMs", {}).value(), std::chrono::milliseconds(5000));
  EXPECT_FALSE(Some().Milliseconds("Big", {}).ok());
  EXPECT_FALSE(Some().Switch("TextNumber", false).ok());
  EXPECT_TRUE(Some().Switch("Other", true).value());
}

TEST(PropertiesTest, References_AreExpandedAndUnknownOnesStay) {
  // Every process has a PATH, on every system.
  std::string folder = EnvironmentVariable("PATH").value();
  EXPECT_EQ(Some().Text("Path").value(), folder + "/a%b" + folder + "100%");
}

TEST(PropertiesTest, TextLists_KeepEmptyAndSpecialEntriesAndATextIsAListOfOne) {
  EXPECT_THAT(Some().TextList("List").value(), ElementsAre("a;b", ""));
  EXPECT_THAT(Some().TextList("ServiceName").value(), ElementsAre("Spooler"));
}

}  // namespace
}  // namespace resource_broker::sdk
