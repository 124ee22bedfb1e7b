#include "broker_service/modules/resource_openings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/modules/unary_call.h"
#include "broker_service/text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::broker {
namespace {

// Calls of OpenResource at once, when a process that just started is told of all.
constexpr uint32_t kMaxCalls = 32;

}  // namespace

void ResourceOpenings::Set(const ResourceSpec& spec, const v1::ExportedState* state) {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<Entry>& entry = entries_[spec.resource];
  if (entry == nullptr) entry = std::make_unique<Entry>();
  entry->spec = spec;
  if (state != nullptr) entry->state = *state;
  entry->removed = false;
  if (entry->stage == Entry::Stage::kCalling) {
    entry->again = true;
  } else if (instance_ != nullptr) {
    Call(entry.get());
  }
}

void ResourceOpenings::Remove(const std::string& resource) {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(resource);
  if (found == entries_.end()) return;
  if (found->second->stage == Entry::Stage::kCalling) {
    found->second->removed = true;
    return;
  }
  if (found->second->stage == Entry::Stage::kTold) CallClose(resource);
  entries_.erase(found);
}

void ResourceOpenings::RemoveKnownOrNot(const std::string& resource) {
  {
    absl::MutexLock lock(&mu_);
    if (!entries_.contains(resource)) {
      if (instance_ != nullptr) CallClose(resource);
      return;
    }
  }
  Remove(resource);
}

bool ResourceOpenings::empty() const {
  absl::MutexLock lock(&mu_);
  return entries_.empty();
}

ModuleFailure ResourceOpenings::FaultOf(const std::string& resource) const {
  absl::MutexLock lock(&mu_);
  const auto found = entries_.find(resource);
  return found == entries_.end() ? ModuleFailure() : found->second->fault;
}

void ResourceOpenings::Attach(std::shared_ptr<ModuleInstance> instance) {
  absl::MutexLock lock(&mu_);
  instance_ = std::move(instance);
  ++process_;
  untold_.clear();
  for (const auto& [name, entry] : entries_) untold_.push_back(name);
  CallNext();
}

void ResourceOpenings::Detach() {
  std::vector<Opened> waiting;
  {
    absl::MutexLock lock(&mu_);
    instance_ = nullptr;
    ++process_;
    calls_ = 0;
    untold_.clear();
    for (auto entry = entries_.begin(); entry != entries_.end();) {
      for (Opened& opened : entry->second->waiting) waiting.push_back(std::move(opened));
      entry->second->waiting.clear();
      entry->second->stage = Entry::Stage::kUntold;
      entry->second->again = false;
      if (entry->second->removed) {
        entries_.erase(entry++);
      } else {
        ++entry;
      }
    }
  }
  for (const Opened& opened : waiting) opened({});
}

void ResourceOpenings::WhenOpen(const std::string& resource, const ResourceSpec* unknown, Opened opened) {
  ModuleFailure fault;
  {
    absl::MutexLock lock(&mu_);
    const auto found = entries_.find(resource);
    Entry* entry = found == entries_.end() ? nullptr : found->second.get();
    if (entry == nullptr && unknown != nullptr) {
      entry = (entries_[resource] = std::make_unique<Entry>()).get();
      entry->spec = *unknown;
    }
    if (entry != nullptr && instance_ != nullptr && entry->stage != Entry::Stage::kTold) {
      entry->waiting.push_back(std::move(opened));
      if (entry->stage == Entry::Stage::kUntold) Call(entry);
      return;
    }
    if (entry != nullptr) fault = entry->fault;
  }
  opened(fault);
}

void ResourceOpenings::Call(Entry* entry) {
  entry->stage = Entry::Stage::kCalling;
  entry->process = process_;
  entry->again = false;
  ++calls_;
  v1::ModuleOpenResourceRequest request;
  request.set_resource(entry->spec.resource);
  request.set_resource_type(entry->spec.resource_type);
  *request.mutable_properties() = entry->spec.properties;
  request.set_open_flags(entry->spec.open_flags);
  if (entry->state.has_value()) *request.mutable_state() = *entry->state;
  CallModule<v1::ModuleOpenResourceRequest, v1::ModuleOpenResourceResponse>(
      *instance_, "module.open", &ModuleCalls::OpenResource, std::move(request), call_limit_,
      [self = shared_from_this(), resource = entry->spec.resource, process = process_](
          const absl::StatusOr<v1::ModuleOpenResourceResponse>& answer) { self->OnAnswer(resource, process, answer); });
}

void ResourceOpenings::CallClose(const std::string& resource) {
  v1::ModuleCloseResourceRequest request;
  request.set_resource(resource);
  CallModule<v1::ModuleCloseResourceRequest, v1::ModuleCloseResourceResponse>(
      *instance_, "module.close", &ModuleCalls::CloseResource, std::move(request), call_limit_,
      [label = instance_->label(), resource](const absl::StatusOr<v1::ModuleCloseResourceResponse>& answer) {
        if (answer.ok()) return;
        LogWarning(LogModule(label), ": CloseResource, ", LogResource(resource), ": ", answer.status().ToString());
      });
}

void ResourceOpenings::CallNext() {
  while (calls_ < kMaxCalls && !untold_.empty()) {
    const auto found = entries_.find(untold_.front());
    untold_.pop_front();
    if (found != entries_.end() && found->second->stage == Entry::Stage::kUntold) Call(found->second.get());
  }
}

void ResourceOpenings::OnAnswer(const std::string& resource, uint64_t process,
                                const absl::StatusOr<v1::ModuleOpenResourceResponse>& answer) {
  AfterFaultPoint(FaultPoint::kModuleOpen);
  std::vector<Opened> waiting;
  ModuleFailure fault;
  {
    absl::MutexLock lock(&mu_);
    if (process != process_) return;
    --calls_;
    CallNext();
    const auto found = entries_.find(resource);
    if (found == entries_.end()) return;
    Entry* entry = found->second.get();
    if (!answer.ok()) {
      entry->fault = {absl::IsDeadlineExceeded(answer.status()) ? win32::kTimeout : win32::kInternalError,
                      absl::StrCat("OpenResource: ", answer.status().ToString())};
    } else {
      entry->fault = {answer->win32_code(), CutText(answer->message(), kMaxMessageBytes)};
    }
    if (entry->fault.win32_code != 0) {
      LogWarning(LogModule(instance_->label()), ": ", LogResource(resource), ": code ", entry->fault.win32_code, ": ",
                 entry->fault.message);
    }
    if (answer.ok() && !entry->again) entry->state.reset();
    if (entry->again && !entry->removed) {
      Call(entry);
      return;
    }
    entry->stage = Entry::Stage::kTold;
    fault = entry->fault;
    waiting = std::move(entry->waiting);
    entry->waiting.clear();
    if (entry->removed) {
      CallClose(resource);
      entries_.erase(found);
    }
  }
  for (const Opened& opened : waiting) opened(fault);
}

}  // namespace resource_broker::broker
