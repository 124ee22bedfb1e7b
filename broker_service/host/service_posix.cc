#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "absl/time/time.h"
#include "broker_service/host/broker.h"
#include "broker_service/host/command_line.h"
#include "broker_service/host/platform.h"
#include "broker_service/host/service.h"
#include "broker_service/host/start.h"
#include "broker_service/host/stop_watchdog.h"
#include "broker_service/log.h"

namespace resource_broker::broker {
namespace {

// Tells systemd where we are, as sd_notify does: one datagram to the socket it named. Without one, nothing.
void NotifyServiceManager(const char* state) {
  const char* name = getenv("NOTIFY_SOCKET");
  if (name == nullptr || (name[0] != '/' && name[0] != '@')) return;
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const size_t length = strlen(name);
  if (length >= sizeof(address.sun_path)) return;
  memcpy(address.sun_path, name, length);
  // An abstract name begins with NUL, which is written as @.
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const int socket_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) return;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  if (sendto(socket_fd, state, strlen(state), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    LogWarning("NOTIFY_SOCKET: ", strerror(errno));
  }
  close(socket_fd);
}

int NotHere(const char* command) {
  fprintf(stderr,
          "resource_broker %s: on this system systemd does that. The unit is resource-broker.service "
          "(deploy/resource-broker.service): systemctl enable|disable|start|stop|status resource-broker\n",
          command);
  return kExitUsage;
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGUSR1);
  return signals;
}

}  // namespace

// Every thread inherits it, so that sigwait gets them all.
void HoldStopSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

int RunBroker(const RunOptions& options) {
  signal(SIGPIPE, SIG_IGN);
  // Beyond a limit on the size of files a write fails, as on a full disk.
  signal(SIGXFSZ, SIG_IGN);

  // The signal is the one way to ask for it, for another broker as well as for systemd.
  Broker broker(options.config, [] { kill(getpid(), SIGUSR1); }, {options.config_file});
  if (const int exit_code = StartBroker(options, &broker); exit_code != kExitOk) return exit_code;
  NotifyServiceManager("READY=1");
  LogInfo("resource_broker ", RESOURCE_BROKER_VERSION, " runs as process ", ProcessId());
  const sigset_t stop_signals = StopSignals();
  int received = 0;
  sigwait(&stop_signals, &received);
  if (received == SIGUSR1) EndForUpgrade(options, &broker);
  LogInfo("stopping because of signal ", received);
  NotifyServiceManager("STOPPING=1");
  StopWatchdog watchdog(absl::Milliseconds(options.config.timeouts().broker_stop_ms()));
  broker.Stop();
  return kExitOk;
}

int EndServiceWith(int exit_code) { return exit_code; }

int InstallService(const std::filesystem::path& config_file, bool start) { return NotHere("install"); }
int ConfigureService() { return NotHere("configure-service"); }
int UninstallService() { return NotHere("uninstall"); }
int StartInstalledService() { return NotHere("start"); }
int StopInstalledService() { return NotHere("stop"); }
int ShowServiceStatus() { return NotHere("status"); }

}  // namespace resource_broker::broker
