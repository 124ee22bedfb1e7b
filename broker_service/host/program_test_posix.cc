// `run` as systemd sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "broker_service/host/testing/program.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;

// What systemd listens on.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& path) : socket_(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    EXPECT_LT(path.size(), sizeof(address.sun_path));
    strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    const timeval patience = {60, 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~NotifySocket() { close(socket_); }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  std::string Receive() {
    std::array<char, 256> buffer;
    const ssize_t count = recv(socket_, buffer.data(), buffer.size(), 0);
    return count < 0 ? "" : std::string(buffer.data(), static_cast<size_t>(count));
  }

 private:
  const int socket_;
};

class ProgramPosixTest : public ::testing::Test {
 protected:
  ProgramPosixTest() {
    WriteFile(folder_.path() / "broker.json",
              absl::StrCat(R"({"bridgeAddress": "unix:)", folder_.path().string(), R"(/run/bridge.sock",)",
                           R"("adminAddress": "unix:)", folder_.path().string(), R"(/run/admin.sock",)",
                           R"("dataDirectory": "data", "modulesDirectory": "modules"})"));
  }
  std::vector<std::string> Run() { return {"run", "--config", (folder_.path() / "broker.json").string()}; }
  Program::Environment Notify() { return {{"NOTIFY_SOCKET", (folder_.path() / "notify").string()}}; }

  TemporaryFolder folder_;
};

TEST_F(ProgramPosixTest, Run_SaysReadyWhenItServesAndEndsCleanlyOnSigterm) {
  NotifySocket notified((folder_.path() / "notify").string());
  Program program(Run(), Notify());
  EXPECT_EQ(notified.Receive(), "READY=1");
  struct stat found = {};
  EXPECT_EQ(stat((folder_.path() / "run" / "bridge.sock").c_str(), &found), 0);
  kill(static_cast<pid_t>(program.AwaitStart().identity.process_id), SIGTERM);
  EXPECT_EQ(notified.Receive(), "STOPPING=1");
  EXPECT_EQ(program.ExitCode(), 0);
  EXPECT_THAT(program.Errors(), HasSubstr("stopped"));
}

TEST_F(ProgramPosixTest, SecondBrokerOnTheSameData_EndsWithExitCode1AndSaysWhatToDo) {
  NotifySocket notified((folder_.path() / "notify").string());
  Program program(Run(), Notify());
  EXPECT_EQ(notified.Receive(), "READY=1");
  Program second(Run());
  EXPECT_EQ(second.ExitCode(), 1);
  EXPECT_THAT(second.Errors(), HasSubstr("journal.db: another broker has it open"));
  kill(static_cast<pid_t>(program.AwaitStart().identity.process_id), SIGINT);
  EXPECT_EQ(program.ExitCode(), 0);
}

TEST_F(ProgramPosixTest, ServiceCommands_NameTheUnitAndEndWithExitCode2) {
  for (const char* command : {"install", "uninstall", "start", "stop", "status"}) {
    Program program({command});
    EXPECT_EQ(program.ExitCode(), 2) << command;
    EXPECT_THAT(program.Errors(), HasSubstr("resource-broker.service")) << command;
  }
}

}  // namespace
}  // namespace resource_broker::broker::testing
