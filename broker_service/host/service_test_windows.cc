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
#include "broker_service/host/platform.h"
#include "broker_service/host/testing/program.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "ipc/channel.h"
#include "ipc/testing/wine_windows.h"
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

  std::string Log() const { return ReadAll("resource_broker.log"); }
  std::string Panic() const { return ReadAll("panic.log"); }
  std::string ReadAll(const char* name) const {
    std::ifstream stream(folder_ / "data" / "logs" / name, std::ios::binary);
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
  DWORD preshutdown_ms = 0;
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
  SERVICE_PRESHUTDOWN_INFO preshutdown = {};
  if (QueryServiceConfig2W(service, SERVICE_CONFIG_PRESHUTDOWN_INFO, reinterpret_cast<BYTE*>(&preshutdown),
                           sizeof(preshutdown), &needed)) {
    registered.preshutdown_ms = preshutdown.dwPreshutdownTimeout;
  }
  CloseServiceHandle(service);
  CloseServiceHandle(manager);
  return registered;
}

// What the service manager says the service ended with.
DWORD ExitCode() {
  const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  const SC_HANDLE service = OpenServiceW(manager, kService, SERVICE_QUERY_STATUS);
  SERVICE_STATUS status = {};
  EXPECT_TRUE(QueryServiceStatus(service, &status));
  CloseServiceHandle(service);
  CloseServiceHandle(manager);
  return status.dwWin32ExitCode;
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

// As an installer's ServiceInstall table makes it.
void RegisterBare(const std::wstring& command) {
  const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CREATE_SERVICE);
  const SC_HANDLE service = CreateServiceW(manager, kService, L"Resource Broker", SERVICE_ALL_ACCESS,
                                           SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                           command.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr);
  EXPECT_NE(service, nullptr) << GetLastError();
  CloseServiceHandle(service);
  CloseServiceHandle(manager);
}

TEST_F(ServiceTest, ServiceOfAnInstallerIsConfigured_AsOftenAsOneLikes) {
  Do({"uninstall"});
  EXPECT_EQ(Do({"configure-service"}), 1);
  EXPECT_THAT(said_, HasSubstr("not installed"));
  RegisterBare(L"\"C:\\rb\\resource_broker.exe\" run --service --config \"" + config_.wstring() + L"\"");
  EXPECT_EQ(Read().description, "");
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(Do({"configure-service"}), 0) << said_;
    EXPECT_THAT(said_, HasSubstr("is configured"));
    EXPECT_THAT(Read().description, HasSubstr("cluster"));
    EXPECT_EQ(Read().preshutdown_ms, 120000U);
    EXPECT_TRUE(std::filesystem::is_directory(folder_ / "data" / "logs"));
  }
}

TEST_F(ServiceTest, Running_TakesStopPreshutdownPowerAndSessionEvents) {
  Do({"uninstall"});
  ASSERT_EQ(Do({"install", "--config", config_.u8string(), "--start"}), 0) << said_ << Log();
  const SC_HANDLE manager = OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT);
  const SC_HANDLE service = OpenServiceW(manager, kService, SERVICE_QUERY_STATUS);
  SERVICE_STATUS status = {};
  EXPECT_TRUE(QueryServiceStatus(service, &status));
  CloseServiceHandle(service);
  CloseServiceHandle(manager);
  EXPECT_EQ(status.dwControlsAccepted, static_cast<DWORD>(SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_PRESHUTDOWN |
                                                          SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_SESSIONCHANGE));
  EXPECT_THAT(Panic(), HasSubstr("begins"));
}

TEST_F(ServiceTest, StopHangs_TheWatchdogEndsTheProcessWithAnError) {
  Do({"uninstall"});
  WriteFile(config_, absl::StrCat(R"({"bridgeAddress": ")", ipc::PrivateAddress("bridge", ""),
                                  R"(", "adminAddress": ")", ipc::PrivateAddress("admin", ""),
                                  R"(", "dataDirectory": "data", "timeouts": {"brokerStopMs": 500}, "faults": )",
                                  R"({"allowed": true, "armed": [{"point": "broker.stop", )",
                                  R"("action": "DELAY_BEFORE", "delayMs": 60000}]}})"));
  ASSERT_EQ(Do({"install", "--config", config_.u8string(), "--start"}), 0) << said_ << Log();
  Do({"stop"});
  EXPECT_EQ(Do({"status"}), 3) << said_;
  EXPECT_THAT(Log(), HasSubstr("Stopping took longer than 500ms"));
  // An exit code with which the service manager restarts it.
  EXPECT_NE(ExitCode(), 0U);
}

TEST_F(ServiceTest, ConfigurationGoesWrong_TheServiceEndsWithItsCodeAndThePanicFileSaysWhy) {
  Do({"uninstall"});
  ASSERT_EQ(Do({"install", "--config", config_.u8string()}), 0) << said_;
  WriteFile(config_, R"({"logLevel": "loud"})");
  EXPECT_EQ(Do({"start"}), 1);
  // Wine takes a service that ends at once for one that never came, and its services have a ProgramData of their own.
  const bool wine = ipc::testing::IsWine();
  EXPECT_THAT(said_, HasSubstr(wine ? "error 1053" : "the service ended with code 2"));
  // Nobody knows the data directory then, so it is the default one's.
  const auto data = wine ? std::filesystem::path(L"C:\\users\\Public\\ResourceBroker") : DefaultDataDirectory();
  std::ifstream stream(data / "logs" / "panic.log", std::ios::binary);
  EXPECT_THAT(std::string(std::istreambuf_iterator<char>(stream), {}), HasSubstr("logLevel"));
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
