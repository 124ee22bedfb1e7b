#include "broker_service/host/run_program.h"

#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "broker_service/modules/child_process.h"

namespace resource_broker::broker {
namespace {

constexpr size_t kMaxOutputBytes = 64 << 10;

// Read by others once `ended` is notified.
struct Listener : ChildDelegate {
  void OnStarted(const ChildRecord&) override {}
  void OnOutput(ChildStream, std::string_view bytes) override {
    output.append(bytes.substr(0, kMaxOutputBytes - output.size()));
  }
  void OnEnded(const ChildEnd& child_end) override {
    end = child_end;
    ended.Notify();
  }

  std::string output;
  ChildEnd end;
  absl::Notification ended;
};

}  // namespace

absl::StatusOr<ProgramResult> RunProgram(const std::filesystem::path& program, std::vector<std::string> arguments,
                                         absl::Duration limit) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(program, error)) return absl::NotFoundError("there is no such program");
  ChildOptions options;
  options.program = program;
  options.arguments = std::move(arguments);
  options.folder = std::filesystem::current_path(error);
  const auto listener = std::make_shared<Listener>();
  const std::unique_ptr<ChildProcess> child = ChildProcess::Start(std::move(options), listener);
  if (!listener->ended.WaitForNotificationWithTimeout(limit)) {
    return absl::DeadlineExceededError(absl::StrCat("it has not ended within ", absl::FormatDuration(limit)));
  }
  if (!listener->end.start.ok()) return listener->end.start;
  return ProgramResult{listener->end.exit_code, std::move(listener->output)};
}

}  // namespace resource_broker::broker
