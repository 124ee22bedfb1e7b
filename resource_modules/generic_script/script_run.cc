#include "resource_modules/generic_script/script_run.h"

#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "resource_modules/generic_script/line_reader.h"
#include "resource_modules/generic_script/progress_line.h"
#include "resource_modules/sdk/log.h"

namespace resource_broker::generic_script {
namespace {

using process::ProcessTree;
using std::chrono::steady_clock;

// Between being asked to end and being ended.
constexpr std::chrono::seconds kGrace(2);
constexpr std::chrono::seconds kKillTimeout(4);

void EndTree(ProcessTree& tree, bool gracefully) {
  if (gracefully && tree.AskToEnd().delivered && tree.WaitUntilEmpty(steady_clock::now() + kGrace)) return;
  tree.Kill();
  tree.WaitUntilEmpty(steady_clock::now() + kKillTimeout);
}

}  // namespace

absl::StatusOr<ScriptEnd> RunScript(process::ProcessSpec spec, const std::string& input,
                                    steady_clock::time_point deadline, const std::string& name,
                                    sdk::Operation* operation) {
  spec.with_streams = true;
  absl::StatusOr<std::unique_ptr<ProcessTree>> started = ProcessTree::Start(spec);
  if (!started.ok()) return started.status();
  ProcessTree& tree = **started;
  process::Streams streams = tree.TakeStreams();
  ScriptEnd end;

  absl::Mutex closing;
  std::thread writer([&] {
    // A program that does not care for its input closes it, or leaves it unread.
    (void)streams.in.WriteAll(input);
    absl::MutexLock lock(&closing);
    streams.in.Close();
  });
  LineReader output(&streams.out, [&](absl::string_view line) {
    std::optional<ProgressLine> progress = ParseProgress(line);
    if (!progress.has_value() || operation == nullptr) {
      sdk::Log(absl::StrCat(name, ": ", line));
    } else if (progress->percent.has_value()) {
      operation->Report(*progress->percent, progress->message);
    } else {
      operation->Report(progress->message);
    }
  });
  LineReader errors(&streams.error, [&](absl::string_view line) {
    sdk::Log(absl::StrCat(name, ": ", line));
    if (!line.empty()) end.last_error = std::string(line);
  });

  std::unique_ptr<sdk::Operation::CancelWatch> watch;
  if (operation != nullptr) watch = operation->OnCancel([&] { tree.Wake(); });
  auto cancelled = [&] { return operation != nullptr && operation->cancelled(); };
  if (!tree.WaitForExit(deadline, cancelled)) {
    end.how = cancelled() ? ScriptEnd::How::kCancelled : ScriptEnd::How::kTimedOut;
    EndTree(tree, operation == nullptr || !operation->terminated());
  }
  // Whoever still has the streams is none of our business; what was written before can be read.
  {
    absl::MutexLock lock(&closing);
    streams.in.Interrupt();
  }
  output.Finish();
  errors.Finish();
  writer.join();
  if (end.how == ScriptEnd::How::kExited) tree.LetGo();
  end.status = tree.exit().value_or(process::ExitStatus{-1, 0});
  return end;
}

}  // namespace resource_broker::generic_script
