#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <ctime>
#include <string>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "ipc/accept_loop_posix.h"
#include "ipc/testing/temporary_folder.h"

namespace resource_broker::ipc {
namespace {

constexpr char kPreface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::chrono::milliseconds kWatched{300};

UniqueFd ConnectTo(const std::string& path) {
  UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
  EXPECT_EQ(connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name), 0) << std::strerror(errno);
  return fd;
}

// A server keeps a connection for as long as one of its calls runs, long after the client is gone.
TEST(AcceptLoopTest, ServerKeepsAConnectionWhoseClientIsGone_TheLoopRests) {
  const testing::TemporaryFolder folder;
  const std::string path = folder.path() + "/run/socket";
  auto socket = BoundSocket::Bind(path, std::chrono::seconds(5));
  ASSERT_TRUE(socket.ok()) << socket.status();
  UniqueFd kept;
  absl::Notification served;
  AcceptLoop::Options options;
  options.authorize = [](const PeerIdentity&) { return absl::OkStatus(); };
  options.max_connections = 8;
  options.first_byte_timeout = std::chrono::seconds(5);
  AcceptLoop loop(*std::move(socket), std::move(options), [&](UniqueFd fd) {
    kept = std::move(fd);
    served.Notify();
  });
  ASSERT_TRUE(loop.Start().ok());
  UniqueFd client = ConnectTo(path);
  ASSERT_EQ(send(client.get(), kPreface, sizeof kPreface - 1, MSG_NOSIGNAL), ssize_t{sizeof kPreface - 1});
  served.WaitForNotification();
  client = UniqueFd();
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(kWatched);
  const double used_ms = 1000.0 * static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
  EXPECT_LT(used_ms, static_cast<double>(kWatched.count()) / 4) << "of this process's time";
}

}  // namespace
}  // namespace resource_broker::ipc
