#include "broker_service/modules/module_supervisor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/modules/run_end.h"
#include "broker_service/modules/running_modules.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {

ModuleSupervisor::ModuleSupervisor(const ModuleOptions& options, Clock* clock, Timers* timers)
    : options_(options), catalog_(options.modules_directory), parts_{&catalog_, clock, timers, &disk_} {}

void ModuleSupervisor::SetListener(std::weak_ptr<ModuleListener> listener) { listener_ = std::move(listener); }

absl::Status ModuleSupervisor::Prepare() { return MakePrivateFolder(options_.socket_directory); }

absl::StatusOr<std::shared_ptr<ModuleVersions>> ModuleSupervisor::Get(const std::string& name) {
  if (auto found = Find(name)) return found;
  // Only what is installed gets an entry, so that callers can't fill the table with names.
  if (absl::StatusOr<InstalledModule> module = catalog_.Find(name); absl::IsNotFound(module.status())) {
    return module.status();
  }
  absl::MutexLock lock(&mu_);
  std::shared_ptr<ModuleVersions>& entry = modules_[name];
  if (stopping_ && entry == nullptr) {
    modules_.erase(name);
    return absl::UnavailableError("the broker is stopping");
  }
  if (entry == nullptr) entry = ModuleVersions::Create(name, parts_, options_, listener_);
  return entry;
}

std::shared_ptr<ModuleVersions> ModuleSupervisor::Find(const std::string& name) {
  absl::MutexLock lock(&mu_);
  const auto found = modules_.find(name);
  return found == modules_.end() ? nullptr : found->second;
}

std::map<std::string, std::shared_ptr<ModuleVersions>> ModuleSupervisor::All() {
  absl::MutexLock lock(&mu_);
  return modules_;
}

void ModuleSupervisor::Adopt() {
  if (options_.running_directory.empty()) return;
  std::map<std::string, std::vector<v1::RunningModule>> running;
  for (v1::RunningModule& module : RunningModules(options_.running_directory).Load()) {
    running[module.manifest().name()].push_back(std::move(module));
  }
  for (auto& [name, processes] : running) {
    std::shared_ptr<ModuleVersions> adopter = ModuleVersions::Create(name, parts_, options_, listener_);
    {
      absl::MutexLock lock(&mu_);
      modules_[name] = adopter;
    }
    adopter->Adopt(std::move(processes));
  }
}

void ModuleSupervisor::ReturnWaiting() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (const auto& [name, module] : All()) module->ReturnWaiting();
}

void ModuleSupervisor::LetGo() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  for (const auto& [name, module] : All()) module->LetGo();
}

void ModuleSupervisor::Stop(std::function<void()> done) {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  // The last one, or this call itself where there is none, lets go of it and so calls it.
  const std::shared_ptr<void> last(nullptr, [done = std::move(done)](void*) { done(); });
  for (const auto& [name, module] : All()) module->Stop(last);
}

std::vector<v1::ModuleStatus> ModuleSupervisor::Status() {
  for (const std::string& name : catalog_.Names()) Get(name).status().IgnoreError();
  std::vector<v1::ModuleStatus> list;
  for (const auto& [name, module] : All()) list.push_back(module->Status());
  return list;
}

void ModuleSupervisor::Activate(const v1::ActivateModuleRequest& request, ModuleVersions::Activated done) {
  auto found = Get(request.module());
  if (!found.ok()) {
    done(found.status());
    return;
  }
  (*found)->Activate(request.version(), request.canary_percent(), std::move(done));
}

void ModuleSupervisor::Rollback(const std::string& module, ModuleVersions::RolledBack done) {
  auto found = Get(module);
  if (!found.ok()) {
    done(found.status());
    return;
  }
  (*found)->Rollback("", std::move(done));
}

absl::StatusOr<v1::ListModuleVersionsResponse> ModuleSupervisor::Versions(const std::string& module) {
  v1::ListModuleVersionsResponse response;
  if (!module.empty()) {
    auto found = Get(module);
    if (!found.ok()) return found.status();
    *response.add_modules() = (*found)->Versions();
    return response;
  }
  for (const std::string& name : catalog_.Names()) Get(name).status().IgnoreError();
  for (const auto& [name, versions] : All()) *response.add_modules() = versions->Versions();
  return response;
}

absl::Status ModuleSupervisor::BeginDrain(const std::string& module) {
  auto found = Get(module);
  return found.ok() ? (*found)->BeginDrain() : found.status();
}

void ModuleSupervisor::EndProcesses(const std::string& module, const std::function<void(uint32_t)>& done) {
  if (auto found = Find(module)) {
    found->EndProcesses(done);
  } else {
    done(0);
  }
}

void ModuleSupervisor::EndDrain(const std::string& module) {
  if (auto found = Find(module)) found->EndDrain();
}

absl::StatusOr<std::shared_ptr<ModuleLogFile>> ModuleSupervisor::Log(const std::string& module) {
  auto found = Get(module);
  if (!found.ok()) return found.status();
  if ((*found)->log_file() == nullptr) {
    return absl::UnavailableError(absl::StrCat("module \"", module, "\": its log can't be written"));
  }
  return (*found)->log_file();
}

std::vector<std::string> ModuleSupervisor::Notices() {
  std::vector<std::string> notices;
  for (const auto& [name, module] : All()) {
    if (std::string notice = module->RollbackNotice(); !notice.empty()) notices.push_back(std::move(notice));
  }
  return notices;
}

void ModuleSupervisor::OpenResource(const ResourceSpec& spec) {
  // One that is not there is told of when the resource is operated.
  if (auto module = Get(spec.module); module.ok()) (*module)->OpenResource(spec);
}

void ModuleSupervisor::CloseResource(const std::string& module, const std::string& resource) {
  if (auto found = Find(module)) found->CloseResource(resource);
}

void ModuleSupervisor::Execute(Execution execution, std::shared_ptr<ExecutionListener> listener) {
  auto module = Get(execution.operation->module());
  if (module.ok()) {
    (*module)->Execute(std::move(execution), std::move(listener));
    return;
  }
  EndNotRun(listener.get(), absl::IsNotFound(module.status()) ? win32::kModNotFound : win32::kProcessAborted,
            std::string(module.status().message()));
}

void ModuleSupervisor::Cancel(const std::string& module, const std::string& operation_id, uint32_t flags) {
  if (auto found = Find(module)) found->Cancel(operation_id, flags);
}

void ModuleSupervisor::Terminate(const std::string& module, const std::string& resource, const std::string& reason,
                                 absl::Duration limit, std::function<void(absl::Status)> done) {
  auto found = Get(module);
  if (!found.ok()) {
    // Without its module nothing ever made the resource available.
    done(absl::IsNotFound(found.status()) ? absl::OkStatus() : found.status());
    return;
  }
  (*found)->Terminate(resource, reason, limit, std::move(done));
}

void ModuleSupervisor::CheckHealth(const std::string& module, const std::string& resource, bool thorough,
                                   std::function<void(absl::StatusOr<v1::ModuleCheckHealthResponse>)> done) {
  auto found = Get(module);
  if (!found.ok()) {
    done(found.status());
    return;
  }
  (*found)->CheckHealth(resource, thorough, std::move(done));
}

void ModuleSupervisor::Control(const std::string& module, v1::ModuleControlRequest request,
                               std::function<void(absl::StatusOr<v1::ControlResponse>)> done) {
  auto found = Get(module);
  if (!found.ok()) {
    done(found.status());
    return;
  }
  (*found)->Control(std::move(request), std::move(done));
}

bool ModuleSupervisor::IsIdempotent(const std::string& module) {
  auto found = Get(module);
  return found.ok() && (*found)->IsIdempotent();
}

}  // namespace resource_broker::broker
