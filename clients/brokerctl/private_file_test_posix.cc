#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "clients/brokerctl/exit_code.h"
#include "clients/brokerctl/private_file.h"
#include "clients/brokerctl/testing/cluster.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(PrivateFileTest, KeyThatOthersCanRead_IsNotUsed) {
  Cluster cluster;
  std::vector<std::string> arguments = cluster.As(cluster.ca(), cluster.ca().certificate);
  ASSERT_EQ(chmod(arguments.back().c_str(), 0640), 0);
  arguments.insert(arguments.begin(), {"status", "--node", cluster.first().node()});
  const CommandRun run = RunLine(arguments);
  EXPECT_EQ(run.exit_code, kFailed);
  EXPECT_THAT(run.errors, AllOf(HasSubstr(arguments.back()), HasSubstr("mode 0640"), HasSubstr("chmod 600")));
}

TEST(PrivateFileTest, NewFile_HasMode0600AndIsNeverPutOverAnother) {
  const ipc::testing::TemporaryFolder folder;
  const std::string file = folder.path() + "/key";
  const mode_t mask = umask(0);
  EXPECT_TRUE(WriteNewPrivateFile(file, "secret").ok());
  umask(mask);
  struct stat found = {};
  ASSERT_EQ(stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  EXPECT_EQ(WriteNewPrivateFile(file, "other").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(found.st_size, 6);
}

}  // namespace
}  // namespace resource_broker::brokerctl
