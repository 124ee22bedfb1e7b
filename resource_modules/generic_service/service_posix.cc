// systemd units, by systemctl: started as a program with its arguments, no shell between.
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "resource_modules/generic_service/service.h"
#include "resource_modules/process/process_tree.h"
#include "resource_modules/sdk/result.h"

namespace resource_broker::generic_service {
namespace {

constexpr char kSystemctl[] = "/usr/bin/systemctl";
constexpr char kSystemdRuns[] = "/run/systemd/system";
// systemctl answers at once, since nothing is waited for with --no-block.
constexpr std::chrono::seconds kSystemctlTimeout{10};
constexpr size_t kMaxOutput = 64 * 1024;

std::string ReadAll(process::Stream& stream) {
  std::string text;
  std::array<char, 4096> buffer;
  for (size_t size = 0; text.size() < kMaxOutput && (size = stream.Read(buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), size);
  }
  return text;
}

// What it prints; its last words as an error if it fails.
absl::StatusOr<std::string> Systemctl(std::vector<std::string> arguments) {
  process::ProcessSpec spec;
  spec.executable = kSystemctl;
  spec.arguments = std::move(arguments);
  spec.with_streams = true;
  absl::StatusOr<std::unique_ptr<process::ProcessTree>> tree = process::ProcessTree::Start(spec);
  if (!tree.ok()) return tree.status();
  process::Streams streams = (*tree)->TakeStreams();
  streams.in.Close();
  std::string out = ReadAll(streams.out);
  const std::string error(absl::StripAsciiWhitespace(ReadAll(streams.error)));
  if (!(*tree)->WaitForExit(std::chrono::steady_clock::now() + kSystemctlTimeout)) {
    return sdk::Win32Error(win32::kTimeout, "systemctl does not answer");
  }
  if ((*tree)->exit()->code != 0) return sdk::Win32Error(win32::kInternalError, absl::StrCat("systemctl: ", error));
  return out;
}

class UnitProcess : public ServiceProcess {
 public:
  explicit UnitProcess(int pidfd) : pidfd_(pidfd) {}
  ~UnitProcess() override { close(pidfd_); }

  bool WaitForExit(std::chrono::milliseconds timeout) const override {
    pollfd entry{pidfd_, POLLIN, 0};
    return poll(&entry, 1, static_cast<int>(timeout.count())) == 1;
  }
  absl::Status Kill() override {
    if (syscall(SYS_pidfd_send_signal, pidfd_, SIGKILL, nullptr, 0) == 0 || errno == ESRCH) return absl::OkStatus();
    return absl::ErrnoToStatus(errno, "kill the unit's main process");
  }
  // systemd restarts or fails a unit by its own rules; IsAlive asks for the outcome.
  void OnExit(std::function<void()> function) override {}

 private:
  const int pidfd_;
};

class Unit : public Service {
 public:
  explicit Unit(std::string name) : name_(std::move(name)) {}

  absl::StatusOr<ServiceStatus> Query() const override {
    absl::StatusOr<std::string> out =
        Systemctl({"show", "--property=LoadState,ActiveState,MainPID,ExecMainStatus", "--", name_});
    if (!out.ok()) return out.status();
    ServiceStatus status;
    status.own_process = true;
    for (absl::string_view line : absl::StrSplit(*out, '\n', absl::SkipEmpty())) {
      const std::pair<absl::string_view, absl::string_view> entry = absl::StrSplit(line, absl::MaxSplits('=', 1));
      if (entry.first == "LoadState" && entry.second == "not-found") {
        return sdk::Win32Error(win32::kServiceDoesNotExist, absl::StrCat("there is no unit \"", name_, "\""));
      }
      if (entry.first == "ActiveState") status.state = StateOf(entry.second);
      if (entry.first == "MainPID") (void)absl::SimpleAtoi(entry.second, &status.process_id);
      if (entry.first == "ExecMainStatus") (void)absl::SimpleAtoi(entry.second, &status.exit_code);
    }
    return status;
  }

  absl::Status Start(const std::vector<std::string>& parameters) override {
    if (!parameters.empty()) {
      return absl::InvalidArgumentError("property StartParameters: a systemd unit takes no parameters");
    }
    return Systemctl({"start", "--no-block", "--", name_}).status();
  }

  absl::Status RequestStop() override { return Systemctl({"stop", "--no-block", "--", name_}).status(); }

  // systemd stops dependents with the unit by itself.
  absl::StatusOr<std::vector<std::string>> RunningDependents() const override { return std::vector<std::string>(); }

  absl::StatusOr<std::unique_ptr<ServiceProcess>> OpenProcess(uint32_t process_id) const override {
    const long pidfd = syscall(SYS_pidfd_open, static_cast<pid_t>(process_id), 0);  // NOLINT(google-runtime-int)
    if (pidfd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("process ", process_id));
    return std::make_unique<UnitProcess>(static_cast<int>(pidfd));
  }

 private:
  static ServiceState StateOf(absl::string_view active_state) {
    if (active_state == "active" || active_state == "reloading") return ServiceState::kRunning;
    if (active_state == "inactive" || active_state == "failed") return ServiceState::kStopped;
    if (active_state == "activating") return ServiceState::kStartPending;
    if (active_state == "deactivating") return ServiceState::kStopPending;
    return ServiceState::kOther;
  }

  const std::string name_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Service>> Service::Open(const std::string& name) {
  std::error_code error;
  if (!std::filesystem::exists(kSystemdRuns, error)) {
    return sdk::Win32Error(win32::kNotSupported,
                           absl::StrCat("service \"", name, "\": no service manager; systemd does not run here (",
                                        kSystemdRuns, " does not exist)"));
  }
  return std::make_unique<Unit>(name);
}

}  // namespace resource_broker::generic_service
