// Faults in rights, which Wine does not keep, and sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "broker_service/doctor/testing/installed_broker.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAreArray;

constexpr char kRemote[] =
    R"(, "remote": {"address": "127.0.0.1:0", "certificateFile": "node.pem", "keyFile": "node.key", )"
    R"("trustFile": "trust.pem"})";

void LetOthersWrite(const fs::path& path) {
  fs::permissions(path, fs::perms::others_write | fs::perms::group_read, fs::perm_options::add);
}

struct Row {
  const char* name;
  std::function<void(InstalledBroker&)> plant;
  const char* complaint;
  const char* mend;
};

std::vector<Row> Rows() {
  return {
      {"DataFolder", [](InstalledBroker& broker) { LetOthersWrite(broker.data()); }, "data.rights: error",
       "take the right from them"},
      {"LogsFolder", [](InstalledBroker& broker) { LetOthersWrite(broker.data() / "logs"); }, "data.rights: error",
       "take the right from them"},
      {"ModulesFolder", [](InstalledBroker& broker) { LetOthersWrite(broker.modules()); }, "modules.rights: error",
       "runs with the broker's rights"},
      {"Key", [](InstalledBroker& broker) { LetOthersWrite(broker.folder() / "node.key"); }, "remote.key: error",
       "leave it to the broker's account alone"},
      {"SocketFolder", [](InstalledBroker& broker) { LetOthersWrite(broker.bridge_folder()); }, "bridge.address: error",
       "can pass for the broker"},
      {"SocketIsGone",
       [](InstalledBroker& broker) {
         fs::remove_all(broker.bridge_folder());
         fs::create_directory(broker.bridge_folder());
         fs::permissions(broker.bridge_folder(), fs::perms::owner_all);
       },
       "bridge.address: error", "restart the broker"},
  };
}

class DoctorPosixTest : public ::testing::TestWithParam<Row> {};

TEST_P(DoctorPosixTest, PlantedFault_ExactlyTheRightCheckComplainsAndNamesTheMend) {
  const Row& row = GetParam();
  InstalledBroker broker;
  broker.Configure(kRemote);
  broker.Start();
  std::vector<std::string> expected = broker.Complaints();
  row.plant(broker);
  const std::string check(row.complaint, std::string(row.complaint).find(':'));
  EXPECT_THAT(broker.MendOf(check), HasSubstr(row.mend));
  expected.emplace_back(row.complaint);
  EXPECT_THAT(broker.Complaints(), UnorderedElementsAreArray(expected));
}

INSTANTIATE_TEST_SUITE_P(Faults, DoctorPosixTest, ::testing::ValuesIn(Rows()),
                         [](const ::testing::TestParamInfo<Row>& info) { return info.param.name; });

}  // namespace
}  // namespace resource_broker::broker::testing
