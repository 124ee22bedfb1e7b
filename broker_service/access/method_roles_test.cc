#include "broker_service/access/method_roles.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/access/access_rules.h"

namespace resource_broker::broker {
namespace {

// Of gRPC's libraries, whose contracts are not here.
const std::set<std::string> kLibraries = {"Channelz", "Health", "ServerReflection"};
// For bridges and modules, not for administrators.
const std::set<std::string> kOthers = {"Bridge", "ResourceModule"};

class MethodRolesTest : public ::testing::Test {
 protected:
  MethodRolesTest() {
    google::protobuf::FileDescriptorSet contracts;
    std::ifstream stream(RESOURCE_BROKER_CONTRACTS, std::ios::binary);
    EXPECT_TRUE(contracts.ParseFromIstream(&stream));
    for (const auto& contract : contracts.file()) {
      const google::protobuf::FileDescriptor* const file = pool_.BuildFile(contract);
      for (int i = 0; i < file->service_count(); ++i) Add(*file->service(i));
    }
    EXPECT_FALSE(methods_.empty());
  }

  void Add(const google::protobuf::ServiceDescriptor& service) {
    if (kOthers.count(service.name()) != 0) return;
    for (int i = 0; i < service.method_count(); ++i) methods_.insert(service.method(i));
  }

  static std::string NameOf(const google::protobuf::MethodDescriptor& method) {
    return absl::StrCat(method.service()->name(), ".", method.name());
  }

  google::protobuf::DescriptorPool pool_;
  std::set<const google::protobuf::MethodDescriptor*> methods_;
};

TEST_F(MethodRolesTest, EveryMethodOfTheContracts_IsInTheTable) {
  for (const auto* method : methods_) {
    EXPECT_NE(FindMethodRole(NameOf(*method)), nullptr) << NameOf(*method) << " is missing in access/method_roles.cc";
  }
}

TEST_F(MethodRolesTest, EveryMethodOfTheTable_IsInTheContracts) {
  std::set<std::string> names;
  for (const auto* method : methods_) names.insert(NameOf(*method));
  std::set<std::string> seen;
  for (const MethodRole& role : MethodRoles()) {
    const std::string name(role.method);
    EXPECT_TRUE(seen.insert(name).second) << name << " is there twice";
    EXPECT_NE(role.role, Role::kNone) << name;
    const bool library = kLibraries.count(name.substr(0, name.find('.'))) != 0;
    EXPECT_TRUE(library || names.count(name) == 1) << name;
  }
}

TEST_F(MethodRolesTest, Contracts_SayTheRoleOfTheTable) {
  for (const auto* method : methods_) {
    const MethodRole* const role = FindMethodRole(NameOf(*method));
    if (role == nullptr || role->local_only) continue;
    google::protobuf::SourceLocation location;
    ASSERT_TRUE(method->GetSourceLocation(&location));
    std::string word(RoleName(role->role));
    word[0] = absl::ascii_toupper(static_cast<unsigned char>(word[0]));
    EXPECT_TRUE(absl::StartsWith(absl::StripLeadingAsciiWhitespace(location.leading_comments), word + "."))
        << NameOf(*method) << " does not begin its comment with " << word;
  }
}

}  // namespace
}  // namespace resource_broker::broker
