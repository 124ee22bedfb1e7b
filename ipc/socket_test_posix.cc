// What only Unix sockets have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "ipc/socket_address_posix.h"
#include "ipc/testing/raw_client.h"
#include "ipc/testing/transport_test_base.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

class SocketTest : public TransportTest {
 protected:
  std::string path() const { return SocketPath(address()).value(); }
};

mode_t ModeOf(const std::string& path) {
  struct stat info {};
  return lstat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

ListenOptions QuickToGiveUp() {
  ListenOptions options;
  options.bind_timeout = milliseconds(200);
  return options;
}

// A socket file of which the server is gone.
void LeaveDeadSocket(const std::string& path) {
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un name = SocketName(path);
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
}

TEST_F(SocketTest, SocketAndItsFolder_AreTheOwnersAlone) {
  const mode_t before = umask(0);
  const std::string made = folder() + "/made";
  {
    const EchoServer server(absl::StrCat("unix:", made, "/socket"));
    ASSERT_TRUE(server.status().ok()) << server.status();
    EXPECT_EQ(ModeOf(made), 0700u);
    EXPECT_EQ(ModeOf(made + "/socket"), 0600u);
  }
  umask(before);
  EXPECT_FALSE(std::filesystem::exists(made + "/socket"));
}

TEST_F(SocketTest, NoParentForTheFolder_IsNotFound) {
  const EchoServer server(absl::StrCat("unix:", folder(), "/no/such/socket"));
  EXPECT_TRUE(absl::IsNotFound(server.status())) << server.status();
  EXPECT_THAT(server.status().message(), HasSubstr("/no/such"));
}

TEST_F(SocketTest, FolderThatOthersMayWrite_IsRefusedOnBothEnds) {
  ASSERT_EQ(chmod(folder().c_str(), 0777), 0);
  const EchoServer server(address());
  EXPECT_TRUE(absl::IsPermissionDenied(server.status())) << server.status();
  EXPECT_TRUE(absl::IsPermissionDenied(Connect(address(), {}).status()));
  // Where everybody may write but nobody may replace what is another's.
  ASSERT_EQ(chmod(folder().c_str(), 01777), 0);
  EXPECT_TRUE(EchoServer(address()).status().ok());
}

TEST_F(SocketTest, DeadSocket_IsReplaced) {
  LeaveDeadSocket(path());
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  EXPECT_TRUE(Call(NewChannel(), "").ok());
}

TEST_F(SocketTest, LiveSocketOfAnotherProgram_IsLeftAlone) {
  const auto other = RawServer::Listen(address());
  ASSERT_TRUE(other.ok()) << other.status();
  const EchoServer server(address());
  EXPECT_TRUE(absl::IsAlreadyExists(server.status())) << server.status();
  EXPECT_TRUE(RawClient::Dial(address()).ok());
}

TEST_F(SocketTest, FileThatIsNoSocket_IsLeftAlone) {
  std::ofstream(path()) << "precious";
  const EchoServer server(address());
  EXPECT_TRUE(absl::IsAlreadyExists(server.status())) << server.status();
  EXPECT_EQ(std::filesystem::file_size(path()), 8u);
  EXPECT_TRUE(absl::IsFailedPrecondition(Connect(address(), {}).status()));
}

TEST_F(SocketTest, FolderIsLockedByAnother_StartEndsByItsTimeout) {
  const UniqueFd lock(open(folder().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  ASSERT_EQ(flock(lock.get(), LOCK_EX), 0);
  const EchoServer server(address(), QuickToGiveUp());
  EXPECT_TRUE(absl::IsDeadlineExceeded(server.status())) << server.status();
}

TEST_F(SocketTest, Stop_RemovesNothingThatIsNotItsOwn) {
  EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  ASSERT_EQ(unlink(path().c_str()), 0);
  const EchoServer successor(address());
  ASSERT_TRUE(successor.status().ok()) << successor.status();
  server.Stop();
  EXPECT_TRUE(Call(NewChannel(), "").ok());
}

TEST_F(SocketTest, SocketOfAnotherAccount_IsRefusedWithoutAnyCheckGiven) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  LeaveDeadSocket(path());
  ASSERT_EQ(lchown(path().c_str(), 4711, 4711), 0);
  const auto channel = Connect(address(), {});
  EXPECT_TRUE(absl::IsPermissionDenied(channel.status())) << channel.status();
  EXPECT_THAT(channel.status().message(), HasSubstr("uid:4711"));
  // Nor a folder of his, in which he may put a socket later.
  ASSERT_EQ(unlink(path().c_str()), 0);
  ASSERT_EQ(chown(folder().c_str(), 4711, 4711), 0);
  EXPECT_TRUE(absl::IsPermissionDenied(Connect(address(), {}).status()));
}

TEST_F(SocketTest, PathThatNeedsEncoding_Works) {
  const std::string odd = absl::StrCat("unix:", folder(), "/a b%20?c#d\xC3\xBC");
  const EchoServer server(odd);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = Connect(odd, {});
  ASSERT_TRUE(channel.ok()) << channel.status();
  EXPECT_TRUE(Call(*channel, "").ok());
}

TEST_F(SocketTest, Paths_AreCheckedBeforeTheSystemSeesThem) {
  EXPECT_EQ(SocketPath("unix:relative/socket").value(), "relative/socket");
  EXPECT_TRUE(SocketPath("unix:/" + std::string(106, 'a')).ok());
  for (const std::string& bad : {std::string("unix:/folder/"), "unix:/" + std::string(107, 'a'),
                                 std::string("unix:/a\0b", 9), std::string("unix:/a,b"), std::string("/path")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(SocketPath(bad).status())) << bad;
  }
}

TEST_F(SocketTest, NoDescriptorLeftForAClient_OthersComeBackWhenThereIsOne) {
  DropLog log;
  ListenOptions options;
  options.on_dropped = log.Listener();
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = NewChannel();
  ASSERT_TRUE(Call(channel, "").ok());
  // The client's descriptors must exist before they are used up.
  std::vector<UniqueFd> used_up;
  const UniqueFd client(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  while (true) {
    UniqueFd fd(dup(STDERR_FILENO));
    if (!fd.valid()) break;
    used_up.push_back(std::move(fd));
  }
  const sockaddr_un name = SocketName(path());
  ASSERT_EQ(connect(client.get(), reinterpret_cast<const sockaddr*>(&name), sizeof(name)), 0);
  EXPECT_TRUE(log.WaitFor(1));
  EXPECT_TRUE(Call(channel, "the old connection").ok());
  used_up.clear();
  EXPECT_TRUE(Call(NewChannel(), "a new one").ok());
}

}  // namespace
}  // namespace resource_broker::ipc::testing
