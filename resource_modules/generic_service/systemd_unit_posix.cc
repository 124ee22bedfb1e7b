#include "resource_modules/generic_service/systemd_unit_posix.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <map>
#include <thread>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "ipc/unique_fd_posix.h"
#include "resource_modules/process/process_tree.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// systemctl only hands requests over (--no-block) and asks for properties.
constexpr std::chrono::seconds kCommandTimeout(10);
constexpr size_t kMaxOutputBytes = 64 << 10;

std::string ReadSome(process::Stream& stream) {
  std::string text;
  std::array<char, 4096> buffer;
  while (size_t size = stream.Read(buffer.data(), buffer.size())) {
    if (text.size() < kMaxOutputBytes) text.append(buffer.data(), size);
  }
  return text;
}

ServiceState StateOf(const std::string& active_state, bool job_waits) {
  if (active_state == "active" || active_state == "reloading") return ServiceState::kRunning;
  if (active_state == "activating") return ServiceState::kStartPending;
  if (active_state == "deactivating") return ServiceState::kStopPending;
  // Not yet begun to start.
  return job_waits ? ServiceState::kStartPending : ServiceState::kStopped;
}

}  // namespace

SystemdUnit::SystemdUnit(std::string systemctl, std::string unit)
    : systemctl_(std::move(systemctl)), unit_(std::move(unit)) {}

absl::StatusOr<ServiceStatus> SystemdUnit::Query() {
  absl::StatusOr<std::string> output =
      Run({"show", "--property=LoadState,ActiveState,MainPID,Job,Result,ExecMainStatus"});
  if (!output.ok()) return output.status();
  std::map<std::string, std::string> properties;
  for (absl::string_view line : absl::StrSplit(*output, '\n', absl::SkipEmpty())) {
    properties.insert(std::pair<std::string, std::string>(absl::StrSplit(line, absl::MaxSplits('=', 1))));
  }
  if (properties["LoadState"] == "not-found") {
    return sdk::Win32Error(win32::kServiceDoesNotExist, absl::StrCat("unit ", unit_, " does not exist"));
  }
  ServiceStatus status;
  status.state = StateOf(properties["ActiveState"], !properties["Job"].empty() && properties["Job"] != "0");
  (void)absl::SimpleAtoi(properties["MainPID"], &status.process_id);
  (void)absl::SimpleAtoi(properties["ExecMainStatus"], &status.service_exit_code);
  if (properties["ActiveState"] == "failed") status.win32_exit_code = win32::kProcessAborted;
  // A unit has its control group to itself.
  status.owns_process = true;
  return status;
}

absl::Status SystemdUnit::Start(const std::vector<std::string>& parameters) {
  if (!parameters.empty()) return absl::InvalidArgumentError("property StartParameters: a systemd unit takes none");
  return Run({"start", "--no-block"}).status();
}

absl::Status SystemdUnit::Stop() { return Run({"stop", "--no-block"}).status(); }

absl::Status SystemdUnit::Continue() { return absl::UnimplementedError("a systemd unit is never paused"); }

absl::StatusOr<std::vector<std::string>> SystemdUnit::RunningDependents() { return std::vector<std::string>(); }

void SystemdUnit::WaitForChange(milliseconds timeout) {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&woken_), absl::FromChrono(timeout));
  woken_ = false;
}

void SystemdUnit::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
}

bool SystemdUnit::ProcessRuns(const ServiceStatus& status) {
  // Units of some types have no main process.
  return status.process_id == 0 || !WaitForProcessEnd(status, milliseconds(0));
}

bool SystemdUnit::WaitForProcessEnd(const ServiceStatus& status, milliseconds timeout) {
  if (status.process_id == 0) return true;
  ipc::UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, status.process_id, 0)));
  if (!process.valid()) return kill(static_cast<pid_t>(status.process_id), 0) != 0;
  pollfd ended = {process.get(), POLLIN, 0};
  return poll(&ended, 1, static_cast<int>(timeout.count())) == 1;
}

absl::Status SystemdUnit::KillProcess(const ServiceStatus& /*status*/) {
  return Run({"kill", "--signal=SIGKILL"}).status();
}

absl::StatusOr<std::string> SystemdUnit::Run(std::vector<std::string> arguments) const {
  process::ProcessSpec spec;
  spec.executable = systemctl_;
  spec.with_streams = true;
  std::string command = absl::StrCat("unit ", unit_, ": systemctl ", arguments[0]);
  spec.arguments = std::move(arguments);
  // Whatever the name is, it is no option.
  spec.arguments.insert(spec.arguments.end(), {"--", unit_});
  absl::StatusOr<std::unique_ptr<process::ProcessTree>> started = process::ProcessTree::Start(spec);
  if (!started.ok()) return started.status();
  process::Streams streams = (*started)->TakeStreams();
  streams.in.Close();
  std::string output;
  std::string error;
  std::thread output_reader([&] { output = ReadSome(streams.out); });
  std::thread error_reader([&] { error = ReadSome(streams.error); });
  bool ended = (*started)->WaitForExit(steady_clock::now() + kCommandTimeout);
  if (!ended) (*started)->Kill();
  streams.out.Interrupt();
  streams.error.Interrupt();
  output_reader.join();
  error_reader.join();
  if (!ended) return sdk::Win32Error(win32::kTimeout, absl::StrCat(command, " does not answer"));
  process::ExitStatus status = *(*started)->exit();
  if (status.signal == 0 && status.code == 0) return output;
  return sdk::Win32Error(win32::kInternalError,
                         absl::StrCat(command, ": ", status.ToString(), ": ", absl::StripAsciiWhitespace(error)));
}

}  // namespace resource_broker::generic_service
