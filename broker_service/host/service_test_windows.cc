// The service's whole life, under the service manager.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/host/testing/program.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "ipc/channel.h"
#include "ipc/utf16.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr wchar_t kService[] = L"ResourceBroker";

class ServiceTest : public ::testing::Test {
 protected:
  ServiceTest() : folder_(base_.path() / "with a space"), config_(folder_ / "broker.json") {
    WriteFile(config_, absl::StrCat(R"({"bridgeAddress": ")", ipc::PrivateAddress("bridge", ""),
                                    R"(", "adminAddress": ")", ipc::PrivateAddress("admin", ""),
                                    R"(", "dataDirectory": "data", "modulesDirectory": "modules"})"));
  }
  ~ServiceTest() override { Program({"uninstall"}).ExitCode(); }

  int64_t Do(std::vector<std::string> arguments) {
    Program program(std::move(arguments));
    const int64_t exit_code = program.ExitCode();
    said_ = program.Output() + program.Errors();
    return exit_code;
  }

  std::string Log() const {
    std::ifstream stream(folder_ / "data" / "logs" / "resource_broker.log", std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }

  TemporaryFolder base_;
  const std::filesystem::path folder_;
  const std::filesystem::path config_;
  std::string said_;
};

// What the service manager keeps of it.
struct Registered {
  std::string command;
  std::string display_name;
  DWORD start = 0;
  std::string description;
};

Registered Read() {
  Registered registered;
  const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  const SC_HANDLE service = OpenServiceW(manager, kService, SERVICE_QUERY_CONFIG);
  EXPECT_NE(service, nullptr);
  std::vector<BYTE> buffer(8192);
  DWORD needed = 0;
  auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
  if (QueryServiceConfigW(service, config, static_cast<DWORD>(buffer.size()), &needed)) {
    registered.command = ipc::Utf8FromWide(config->lpBinaryPathName);
    registered.display_name = ipc::Utf8FromWide(config->lpDisplayName);
    registered.start = config->dwStartType;
  }
  if (QueryServiceConfig2W(service, SERVICE_CONFIG_DESCRIPTION, buffer.data(), static_cast<DWORD>(buffer.size()),
                           &needed)) {
    const auto* description = reinterpret_cast<SERVICE_DESCRIPTIONW*>(buffer.data());
    if (description->lpDescription != nullptr) registered.description = ipc::Utf8FromWide(description->lpDescription);
  }
  CloseServiceHandle(service);
  CloseServiceHandle(manager);
  return registered;
}

TEST_F(ServiceTest, InstalledStartedStoppedRemoved_EachStateIsShown) {
  Do({"uninstall"});
  EXPECT_EQ(Do({"status"}), 4);
  EXPECT_EQ(Do({"start"}), 1);
  ASSERT_EQ(Do({"install", "--config", config_.u8string()}), 0) << said_;
  EXPECT_EQ(Do({"status"}), 3) << said_;
  EXPECT_THAT(said_, HasSubstr("STOPPED"));
  ASSERT_EQ(Do({"start"}), 0) << said_ << Log();
  EXPECT_EQ(Do({"status"}), 0) << said_;
  EXPECT_THAT(said_, HasSubstr("RUNNING"));
  EXPECT_THAT(Log(), HasSubstr("runs as a service"));
  EXPECT_EQ(Do({"start"}), 0) << said_;
  ASSERT_EQ(Do({"stop"}), 0) << said_ << Log();
  EXPECT_THAT(Log(), HasSubstr("stopped"));
  EXPECT_EQ(Do({"status"}), 3) << said_;
  EXPECT_EQ(Do({"stop"}), 0) << said_;
  EXPECT_EQ(Do({"uninstall"}), 0) << said_;
  EXPECT_EQ(Do({"status"}), 4) << said_;
  EXPECT_EQ(Do({"uninstall"}), 1) << said_;
}

TEST_F(ServiceTest, Installed_CommandIsQuotedAndNamesTheConfiguration) {
  Do({"uninstall"});
  ASSERT_EQ(Do({"install", "--config", config_.u8string()}), 0) << said_;
  const Registered registered = Read();
  EXPECT_THAT(registered.command, StartsWith("\""));
  EXPECT_THAT(registered.command, HasSubstr("resource_broker.exe\" run --service --config \""));
  EXPECT_THAT(registered.command, EndsWith("broker.json\""));
  EXPECT_EQ(registered.display_name, "Resource Broker");
  EXPECT_EQ(registered.start, static_cast<DWORD>(SERVICE_AUTO_START));
  EXPECT_THAT(registered.description, HasSubstr("cluster"));
}

TEST_F(ServiceTest, RunningServiceIsUninstalled_ItIsStoppedFirst) {
  Do({"uninstall"});
  ASSERT_EQ(Do({"install", "--config", config_.u8string(), "--start"}), 0) << said_ << Log();
  EXPECT_EQ(Do({"uninstall"}), 0) << said_;
  EXPECT_THAT(Log(), HasSubstr("stopped"));
  EXPECT_EQ(Do({"status"}), 4);
}

TEST_F(ServiceTest, InstallWithAWrongConfiguration_RefusedAndNothingIsInstalled) {
  Do({"uninstall"});
  WriteFile(config_, R"({"logLevel": "loud"})");
  EXPECT_EQ(Do({"install", "--config", config_.u8string()}), 2);
  EXPECT_THAT(said_, HasSubstr("logLevel"));
  EXPECT_EQ(Do({"status"}), 4);
}

TEST_F(ServiceTest, ServiceFlagOutsideTheServiceManager_SaysSo) {
  EXPECT_NE(Do({"run", "--service", "--config", config_.u8string()}), 0);
  EXPECT_THAT(said_, HasSubstr("--service"));
}

}  // namespace
}  // namespace resource_broker::broker::testing
