#include "broker_service/modules/child_process.h"

#include "absl/strings/str_cat.h"
#include "broker_service/faults/faults.h"
#include "broker_service/modules/child_watcher.h"

namespace resource_broker::broker {

std::string ChildEnd::ToString() const {
  if (!start.ok()) return absl::StrCat("could not be started: ", start.message());
  if (!exit_code_known) return "ended";
  if (exit_code < 0) return absl::StrCat("was killed by signal ", -exit_code);
  return absl::StrCat("ended with exit code ", exit_code);
}

std::unique_ptr<ChildProcess> ChildProcess::Start(ChildOptions options, std::shared_ptr<ChildDelegate> delegate) {
  std::function<absl::Status()> verify = std::move(options.verify);
  std::shared_ptr<ChildWatcher> watcher = WatchNewChild(std::move(options), delegate);
  auto run = [watcher, delegate = std::move(delegate), verify = std::move(verify)] {
    ChildEnd not_started;
    not_started.start = BeforeFaultPoint(FaultPoint::kModuleStart);
    if (not_started.start.ok() && verify) not_started.start = verify();
    if (not_started.start.ok()) {
      watcher->Run();
    } else {
      delegate->OnEnded(not_started);
    }
  };
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(watcher), std::move(run)));
}

std::unique_ptr<ChildProcess> ChildProcess::Adopt(const ChildRecord& record, std::shared_ptr<ChildDelegate> delegate) {
  std::shared_ptr<ChildWatcher> watcher = WatchChildAgain(record, std::move(delegate));
  auto run = [watcher] { watcher->Run(); };
  return std::unique_ptr<ChildProcess>(new ChildProcess(std::move(watcher), std::move(run)));
}

ChildProcess::ChildProcess(std::shared_ptr<ChildWatcher> watcher, std::function<void()> run)
    : watcher_(std::move(watcher)), thread_(std::move(run)) {}

ChildProcess::~ChildProcess() {
  watcher_->KillTree();
  if (thread_.get_id() == std::this_thread::get_id()) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void ChildProcess::KillTree() { watcher_->KillTree(); }

void ChildProcess::LetGo() { watcher_->LetGo(); }

}  // namespace resource_broker::broker
