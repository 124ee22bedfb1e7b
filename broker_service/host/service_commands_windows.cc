// install, configure-service, uninstall, start, stop, status.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <cstdio>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/events/event_source_windows.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/config.h"
#include "broker_service/host/data_folder_windows.h"
#include "broker_service/host/platform.h"
#include "broker_service/host/service.h"
#include "broker_service/host/service_control_windows.h"
#include "broker_service/host/service_names_windows.h"
#include "broker_service/host/service_settings_windows.h"
#include "broker_service/host/upgrade.h"
#include "ipc/error_windows.h"
#include "ipc/utf16.h"
#include "resource_modules/process/command_line.h"

namespace resource_broker::broker {
namespace {

// How long start and stop wait for the service.
constexpr absl::Duration kChangeLimit = absl::Seconds(90);

int Fail(const absl::Status& status) {
  fprintf(stderr, "resource_broker: %s\n", std::string(status.message()).c_str());
  return kExitFailed;
}

// The folder of the configuration at `config_file`, with the rights it must have. `config_file` may be empty.
absl::Status SecureData(const std::filesystem::path& config_file) {
  const absl::StatusOr<v1::BrokerConfig> config = ChooseConfig(config_file);
  if (!config.ok()) return config.status();
  return SecureDataFolder(std::filesystem::u8path(config->data_directory()));
}

}  // namespace

int InstallService(const std::filesystem::path& config_file, bool start) {
  std::vector<std::string> arguments = {"run", "--service"};
  if (!config_file.empty()) {
    // A configuration that is wrong is better found now than at the next start of the machine.
    if (const auto config = LoadConfig(config_file); !config.ok()) {
      Fail(config.status());
      return kExitUsage;
    }
    std::error_code error;
    arguments.insert(arguments.end(), {"--config", std::filesystem::absolute(config_file, error).u8string()});
  }
  if (absl::Status status = SecureData(config_file); !status.ok()) return Fail(status);
  const std::wstring command = ipc::WideFromUtf8(process::CommandLine(ProgramFile().u8string(), arguments));
  const absl::StatusOr<ServiceHandle> manager = OpenManager(SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE);
  if (!manager.ok()) return Fail(manager.status());
  const ServiceHandle service(CreateServiceW(manager->get(), kServiceName, kServiceDisplayName, SERVICE_ALL_ACCESS,
                                             SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                             command.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
  if (!service.valid()) return Fail(ipc::LastWindowsError("CreateServiceW"));
  const bool configured = ApplyServiceSettings(service);
  if (absl::Status status = AddEventSource(ProgramFile()); !status.ok()) Fail(status);
  printf("The service ResourceBroker is installed: %s\n", ipc::Utf8FromWide(command).c_str());
  if (!configured) return kExitFailed;
  if (!start) return kExitOk;
  if (absl::Status status = StartAndWait(service, kChangeLimit); !status.ok()) return Fail(status);
  printf("It runs.\n");
  return kExitOk;
}

int ConfigureService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(kApplyAccess);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = SecureData(ConfigOfService()); !status.ok()) return Fail(status);
  const bool configured = ApplyServiceSettings(*service);
  if (absl::Status status = AddEventSource(ProgramFile()); !status.ok()) return Fail(status);
  if (!configured) return kExitFailed;
  printf("The service ResourceBroker is configured.\n");
  return kExitOk;
}

int UninstallService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_STOP | SERVICE_QUERY_STATUS | DELETE);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = StopAndWait(*service, kChangeLimit); !status.ok()) return Fail(status);
  if (!DeleteService(service->get())) return Fail(ipc::LastWindowsError("DeleteService"));
  if (absl::Status status = RemoveEventSource(); !status.ok()) Fail(status);
  printf("The service ResourceBroker is removed.\n");
  return kExitOk;
}

int StartInstalledService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_START | SERVICE_QUERY_STATUS);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = StartAndWait(*service, kChangeLimit); !status.ok()) return Fail(status);
  printf("The service ResourceBroker runs.\n");
  return kExitOk;
}

int StopInstalledService() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_STOP | SERVICE_QUERY_STATUS);
  if (!service.ok()) return Fail(service.status());
  if (absl::Status status = StopAndWait(*service, kChangeLimit); !status.ok()) return Fail(status);
  printf("The service ResourceBroker has stopped.\n");
  return kExitOk;
}

int ShowServiceStatus() {
  const absl::StatusOr<ServiceHandle> service = OpenInstalled(SERVICE_QUERY_STATUS);
  if (absl::IsNotFound(service.status())) {
    printf("ResourceBroker: not installed\n");
    return kExitNotInstalled;
  }
  if (!service.ok()) return Fail(service.status());
  const absl::StatusOr<SERVICE_STATUS_PROCESS> status = Query(*service);
  if (!status.ok()) return Fail(status.status());
  printf("ResourceBroker: %s", ServiceStateName(status->dwCurrentState));
  if (status->dwProcessId != 0) printf(", process %lu", static_cast<unsigned long>(status->dwProcessId));
  printf("\n");
  return status->dwCurrentState == SERVICE_RUNNING ? kExitOk : kExitStopped;
}

}  // namespace resource_broker::broker
