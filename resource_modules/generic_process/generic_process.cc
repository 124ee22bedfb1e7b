#include "resource_modules/generic_process/generic_process.h"

#include <atomic>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "resource_modules/generic_process/settings.h"
#include "resource_modules/sdk/log.h"

namespace resource_broker::generic_process {
namespace {

using process::ExitStatus;
using process::ProcessTree;
using sdk::Health;
using sdk::Operation;
using sdk::Result;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// After a kill; a process that outlives it hangs in the kernel.
constexpr seconds kKillTimeout(4);
constexpr seconds kReportInterval(5);
constexpr uint32_t kGeneralFailure = 0;

std::string Seconds(steady_clock::duration time) {
  return absl::StrCat(duration_cast<milliseconds>(time).count() / 1000.0, " s");
}

}  // namespace

struct GenericProcess::Workload {
  std::unique_ptr<ProcessTree> tree;
  // Whether its end is wanted; else it is a failure. Shared with who is told of the end: that is a thread of the tree,
  // which must not be the last to have the tree.
  std::shared_ptr<std::atomic<bool>> ending = std::make_shared<std::atomic<bool>>(false);
};

GenericProcess::~GenericProcess() = default;

absl::Status GenericProcess::Open(const sdk::Resource& resource, uint32_t /*open_flags*/) {
  return ReadSettings(resource.properties).status();
}

Result GenericProcess::Online(Operation& operation) {
  absl::StatusOr<Settings> settings = ReadSettings(operation.properties());
  if (!settings.ok()) return Result::Failed(settings.status());
  std::shared_ptr<Workload> before = Find(operation.resource_name());
  if (before && !before->tree->exit().has_value()) {
    operation.Report(100, absl::StrCat("runs already as process ", before->tree->process_id()));
    return Result::Done();
  }
  // What the program before has left behind ends before the new one starts.
  before.reset();
  Drop(operation.resource_name());

  operation.Report(10, absl::StrCat("starting ", settings->process.executable));
  absl::StatusOr<std::unique_ptr<ProcessTree>> tree = ProcessTree::Start(settings->process);
  if (!tree.ok()) return Result::Failed(tree.status());
  auto workload = std::make_shared<Workload>();
  workload->tree = *std::move(tree);
  {
    absl::MutexLock lock(&mutex_);
    workloads_[operation.resource_name()] = workload;
  }
  operation.Report(50, absl::StrCat("runs as process ", workload->tree->process_id(), "; watching it for ",
                                    Seconds(settings->start_grace)));
  auto watch = operation.OnCancel([&] { workload->tree->Wake(); });
  bool ended =
      workload->tree->WaitForExit(steady_clock::now() + settings->start_grace, [&] { return operation.cancelled(); });
  if (ended) {
    ExitStatus status = *workload->tree->exit();
    Drop(operation.resource_name());
    return Result::Failed(win32::kProcessAborted,
                          absl::StrCat(settings->process.executable, " ended at once: ", status.ToString()),
                          static_cast<uint32_t>(status.code));
  }
  if (operation.cancelled()) {
    workload->tree->Kill();
    workload->tree->WaitUntilEmpty(steady_clock::now() + kKillTimeout);
    Drop(operation.resource_name());
    return Result::Cancelled("cancelled; the program was ended again");
  }
  workload->tree->OnExit(
      [this, resource = operation.resource_name(), ending = workload->ending](const ExitStatus& status) {
        if (!*ending) ProgramEnded(resource, status);
      });
  return Result::Done();
}

Result GenericProcess::Offline(Operation& operation) {
  std::shared_ptr<Workload> workload = Find(operation.resource_name());
  if (!workload || workload->tree->empty()) {
    operation.Report(100, "it does not run");
    Drop(operation.resource_name());
    return Result::Done();
  }
  absl::StatusOr<steady_clock::time_point> deadline = operation.Deadline("StopTimeoutMs", kDefaultStopTimeout);
  if (!deadline.ok()) return Result::Failed(deadline.status());
  *workload->ending = true;
  if (operation.hard()) {
    operation.Report("no grace is wanted");
  } else if (std::optional<Result> result = StopGracefully(operation, *workload, *deadline)) {
    if (result->done()) Drop(operation.resource_name());
    return *result;
  }
  operation.Report(80, "ending the whole process tree");
  workload->tree->Kill();
  if (!workload->tree->WaitUntilEmpty(steady_clock::now() + kKillTimeout)) {
    return Result::Failed(win32::kTimeout,
                          absl::StrCat("process ", workload->tree->process_id(), " or one it started cannot be ended"));
  }
  Drop(operation.resource_name());
  return Result::Done();
}

std::optional<Result> GenericProcess::StopGracefully(Operation& operation, Workload& workload,
                                                     steady_clock::time_point deadline) {
  ProcessTree& tree = *workload.tree;
  auto watch = operation.OnCancel([&] { tree.Wake(); });
  bool asked_the_rest = tree.exit().has_value();
  process::Request asked = tree.AskToEnd();
  operation.Report(20, asked.description);
  if (!asked.delivered) return std::nullopt;
  while (true) {
    steady_clock::time_point now = steady_clock::now();
    auto until = std::min(deadline, now + kReportInterval);
    auto give_up = [&] { return operation.cancelled(); };
    bool reached = asked_the_rest ? tree.WaitUntilEmpty(until, give_up) : tree.WaitForExit(until, give_up);
    if (tree.empty()) {
      if (!asked_the_rest) operation.Report(90, absl::StrCat("the program has ended: ", tree.exit()->ToString()));
      return Result::Done();
    }
    if (reached && !asked_the_rest) {
      // The program has ended; what it started has not been asked yet. Most of it goes with the program, just later.
      asked_the_rest = true;
      operation.Report(
          50, absl::StrCat("the program has ended: ", tree.exit()->ToString(), "; ", tree.AskToEnd().description));
    } else if (operation.cancelled()) {
      *workload.ending = false;
      return Result::Cancelled("cancelled; the program was asked to end but still runs");
    } else if (steady_clock::now() >= deadline) {
      operation.Report("it did not end in time");
      return std::nullopt;
    } else {
      operation.Report(absl::StrCat("waiting for it to end, up to ", Seconds(deadline - steady_clock::now()), " more"));
    }
  }
}

void GenericProcess::Terminate(const sdk::Resource& resource) {
  std::shared_ptr<Workload> workload = Find(resource.name);
  if (!workload) return;
  *workload->ending = true;
  workload->tree->Kill();
  if (!workload->tree->WaitUntilEmpty(steady_clock::now() + kKillTimeout)) {
    sdk::Log(
        absl::StrCat(resource.name, ": process ", workload->tree->process_id(), " or one it started cannot be ended"));
  }
  Drop(resource.name);
}

sdk::HealthReport GenericProcess::CheckHealth(const sdk::Resource& resource, bool /*thorough*/) {
  std::shared_ptr<Workload> workload = Find(resource.name);
  if (!workload) return {Health::kDead, "it does not run"};
  std::optional<ExitStatus> status = workload->tree->exit();
  if (status.has_value()) return {Health::kDead, absl::StrCat("the program has ended: ", status->ToString())};
  return {Health::kAlive, absl::StrCat("process ", workload->tree->process_id())};
}

void GenericProcess::Close(const sdk::Resource& resource) { Terminate(resource); }

std::shared_ptr<GenericProcess::Workload> GenericProcess::Find(const std::string& resource) const {
  absl::MutexLock lock(&mutex_);
  auto found = workloads_.find(resource);
  return found == workloads_.end() ? nullptr : found->second;
}

void GenericProcess::Drop(const std::string& resource) {
  std::shared_ptr<Workload> dropped;
  absl::MutexLock lock(&mutex_);
  auto found = workloads_.find(resource);
  if (found == workloads_.end()) return;
  dropped = std::move(found->second);
  workloads_.erase(found);
}

void GenericProcess::ProgramEnded(const std::string& resource, const ExitStatus& status) {
  std::string message = absl::StrCat("the program ended by itself: ", status.ToString());
  SetHealth(resource, Health::kDead, message);
  SignalFailure(resource, kGeneralFailure, static_cast<uint32_t>(status.code), message);
}

}  // namespace resource_broker::generic_process
