#include "broker_service/api/module_drain.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"

namespace resource_broker::broker {

absl::StatusOr<std::shared_ptr<ModuleDrain>> ModuleDrain::Begin(const ModuleDrainParts& parts,
                                                                const std::string& module, absl::Duration limit,
                                                                Done done) {
  if (absl::Status status = parts.modules->BeginDrain(module); !status.ok()) return status;
  LogInfo(LogModule(module), ": is drained");
  auto drain = std::make_shared<ModuleDrain>(parts, module, std::move(done));
  {
    absl::MutexLock lock(&drain->mu_);
    drain->timer_ = parts.timers->After(limit, [drain, limit] {
      drain->GiveUp(absl::DeadlineExceededError(absl::StrCat("module \"", drain->module_,
                                                             "\" still had operations in hand after ",
                                                             absl::FormatDuration(limit), "; it serves again")));
    });
  }
  parts.engine->HoldModule(module, [drain] { drain->OnIdle(); });
  return drain;
}

void ModuleDrain::OnIdle() {
  {
    absl::MutexLock lock(&mu_);
    if (std::exchange(decided_, true)) return;
    parts_.timers->Cancel(timer_);
  }
  parts_.modules->EndProcesses(module_, [drain = shared_from_this()](uint32_t processes) { drain->End(processes); });
}

void ModuleDrain::Cancel() { GiveUp(absl::CancelledError("the caller is gone")); }

void ModuleDrain::GiveUp(absl::Status why) {
  {
    absl::MutexLock lock(&mu_);
    if (std::exchange(decided_, true)) return;
    parts_.timers->Cancel(timer_);
  }
  End(std::move(why));
}

void ModuleDrain::End(absl::StatusOr<uint32_t> result) {
  parts_.modules->EndDrain(module_);
  parts_.engine->ReleaseModule(module_);
  LogInfo(LogModule(module_), ": ",
          result.ok() ? absl::StrCat("was drained, ", *result, " processes have ended")
                      : absl::StrCat("is not drained: ", result.status().message()));
  done_(std::move(result));
}

}  // namespace resource_broker::broker
