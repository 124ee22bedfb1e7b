#include "broker_service/host/service_settings_windows.h"

#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "broker_service/host/service_names_windows.h"
#include "broker_service/host/service_security_windows.h"
#include "ipc/error_windows.h"
#include "ipc/security_windows.h"

namespace resource_broker::broker {
namespace {

// How long Windows waits for it when the machine shuts down.
constexpr DWORD kPreshutdownMs = 120000;
// Failures are counted anew after a day without one.
constexpr DWORD kFailureResetSeconds = 24 * 3600;
// The largest configuration of a service.
constexpr DWORD kMaxConfigBytes = 8192;

// Tells of each setting that is not set.
class Settings {
 public:
  explicit Settings(SC_HANDLE service) : service_(service) {}

  void Change(DWORD level, void* info, const char* what) {
    Note(ChangeServiceConfig2W(service_, level, info) ? ERROR_SUCCESS : GetLastError(), what);
  }
  void Note(DWORD error, const char* what) {
    if (error == ERROR_SUCCESS) return;
    const bool unknown = error == ERROR_INVALID_LEVEL || error == ERROR_CALL_NOT_IMPLEMENTED;
    fprintf(
        stderr, "resource_broker: %s is not set: %s\n", what,
        unknown ? "this system does not know it" : std::string(ipc::WindowsError(error, "refused").message()).c_str());
    ok_ = ok_ && unknown;
  }
  bool ok() const { return ok_; }

 private:
  const SC_HANDLE service_;
  bool ok_ = true;
};

bool StartsByItself(SC_HANDLE service) {
  std::vector<BYTE> buffer(kMaxConfigBytes);
  DWORD needed = 0;
  auto* config = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
  return QueryServiceConfigW(service, config, kMaxConfigBytes, &needed) && config->dwStartType == SERVICE_AUTO_START;
}

void RestartAfterFailures(Settings* settings) {
  std::array<SC_ACTION, 3> actions = {SC_ACTION{SC_ACTION_RESTART, 1000}, SC_ACTION{SC_ACTION_RESTART, 5000},
                                      SC_ACTION{SC_ACTION_RESTART, 60000}};
  SERVICE_FAILURE_ACTIONSW failures = {};
  failures.dwResetPeriod = kFailureResetSeconds;
  failures.cActions = static_cast<DWORD>(actions.size());
  failures.lpsaActions = actions.data();
  settings->Change(SERVICE_CONFIG_FAILURE_ACTIONS, &failures, "the restart after a crash");
  // Also one that reports its stop itself, with an exit code.
  SERVICE_FAILURE_ACTIONS_FLAG flag = {TRUE};
  settings->Change(SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &flag, "the restart after a stop with an error");
}

void LimitAccount(Settings* settings) {
  SERVICE_SID_INFO sid = {SERVICE_SID_TYPE_UNRESTRICTED};
  settings->Change(SERVICE_CONFIG_SERVICE_SID_INFO, &sid, "the service's SID");
  // Texts one after another, and an empty one.
  std::wstring privileges;
  for (const std::wstring& privilege : RequiredPrivileges()) privileges.append(privilege).push_back(L'\0');
  SERVICE_REQUIRED_PRIVILEGES_INFOW required = {privileges.data()};
  settings->Change(SERVICE_CONFIG_REQUIRED_PRIVILEGES_INFO, &required, "the limit of its privileges");
}

void Protect(SC_HANDLE service, Settings* settings) {
  constexpr char kWhat[] = "the service's security descriptor";
  const absl::StatusOr<ipc::UniqueDescriptor> descriptor = ipc::ParseDescriptor(kServiceSecurity);
  if (!descriptor.ok()) return settings->Note(ERROR_INVALID_SECURITY_DESCR, kWhat);
  const bool set = SetServiceObjectSecurity(service, DACL_SECURITY_INFORMATION, descriptor->get()) != FALSE;
  settings->Note(set ? ERROR_SUCCESS : GetLastError(), kWhat);
}

}  // namespace

bool ApplyServiceSettings(const ServiceHandle& service) {
  Settings settings(service.get());
  std::wstring text = kServiceDescription;
  SERVICE_DESCRIPTIONW description = {text.data()};
  settings.Change(SERVICE_CONFIG_DESCRIPTION, &description, "the description");
  // Of one that an administrator starts by hand there is nothing to delay.
  if (StartsByItself(service.get())) {
    SERVICE_DELAYED_AUTO_START_INFO delayed = {TRUE};
    settings.Change(SERVICE_CONFIG_DELAYED_AUTO_START_INFO, &delayed, "the delayed start");
  }
  SERVICE_PRESHUTDOWN_INFO preshutdown = {kPreshutdownMs};
  settings.Change(SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "the time for a shutdown");
  RestartAfterFailures(&settings);
  LimitAccount(&settings);
  Protect(service.get(), &settings);
  return settings.ok();
}

}  // namespace resource_broker::broker
