// The entry points as Host calls them: each with what the rules make of it.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/rhs_host/host.h"
#include "clients/rhs_host/host_resource.h"
#include "ipc/utf16.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {
namespace {

// CLUSAPI_RESOURCE_OFFLINE_REASON_USER_REQUESTED
constexpr uint32_t kUserRequested = 4;

}  // namespace

absl::StatusOr<HostCallPtr> Host::Open(const std::string& resource, const OpenArguments& arguments) {
  absl::StatusOr<EntryPoints*> entry_points = EntryPointsOf(arguments.type);
  if (!entry_points.ok()) return entry_points.status();
  absl::StatusOr<std::u16string> name = ipc::Utf16FromUtf8(resource);
  if (!name.ok()) return name.status();
  const absl::Duration pending_timeout = arguments.pending_timeout.value_or(options_.pending_timeout);
  absl::Status defined = registry_->DefineResource(resource, arguments.type,
                                                   static_cast<uint32_t>(absl::ToInt64Milliseconds(pending_timeout)));
  if (!defined.ok()) return defined;
  resapi::RESOURCE_HANDLE handle = nullptr;
  resapi::HKEY key = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    std::unique_ptr<Resource>& record = resources_[resource];
    if (record == nullptr) record = std::make_unique<Resource>(resource);
    if (record->rules || record->opening) {
      return absl::AlreadyExistsError(absl::StrCat(resource, " is open already"));
    }
    record->opening = true;
    record->failures = 0;
    record->entry_points = *entry_points;
    record->handle = next_handle_;
    next_handle_ += 2;
    record->key = registry_->OpenResourceKey(resource);
    handles_[record->handle] = record.get();
    handle = reinterpret_cast<resapi::RESOURCE_HANDLE>(record->handle);
    key = record->key;
  }
  const uint32_t flags = options_.assumptions.strips_reattach
                             ? arguments.flags & ~resapi::CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE
                             : arguments.flags;
  return Queue(resource, {}, /*urgent=*/false,
               [this, name = *std::move(name), handle, key, flags, pending_timeout](Resource* target,
                                                                                    EntryPoints* calls, resapi::RESID) {
                 CallResult result = calls->Open(target->name, name, key, handle, flags);
                 FinishOpen(target, result, pending_timeout);
                 return result;
               });
}

void Host::FinishOpen(Resource* resource, const CallResult& result, absl::Duration pending_timeout) {
  absl::MutexLock lock(&mutex_);
  resource->opening = false;
  resource->resid = result.resid;
  if (result.resid != nullptr) {
    resource->rules.emplace(pending_timeout, options_.assumptions);
    for (const auto& [name, other] : resources_) {
      if (other.get() != resource && other->rules && other->resid == result.resid) {
        Violation(resource->name, absl::StrCat("OpenV2 gave it the RESID of ", name));
      }
    }
    return;
  }
  if (result.code == 0 && result.exception.empty()) {
    Violation(resource->name, "OpenV2 returned NULL without SetLastError");
  }
  handles_[resource->handle] = nullptr;
  registry_->CloseResourceKey(resource->key);
}

CallResult Host::RunOperation(Resource* resource, Operation operation, uint32_t flags,
                              const std::function<CallResult(const EntryPoints::Returned&)>& call) {
  {
    absl::MutexLock lock(&mutex_);
    Judge(resource, [&](ResourceRules* rules) { return rules->OperationCalled(operation, flags); });
  }
  // The rules learn of the return at once, so that a report that follows closely is not taken to come before it; what
  // they say is carried out when the return is on the timeline.
  Verdict verdict;
  resapi::CLUSTER_RESOURCE_STATE before = resapi::ClusterResourceStateUnknown;
  CallResult result = call([&](uint32_t code) {
    absl::MutexLock lock(&mutex_);
    if (!resource->rules) return;
    before = resource->rules->state();
    verdict = resource->rules->OperationReturned(code, timeline_->Elapsed());
  });
  absl::MutexLock lock(&mutex_);
  if (operation == Operation::kOnline) resource->has_event = result.event_handle != nullptr;
  if (resource->rules) Apply(resource, verdict, before);
  return result;
}

absl::StatusOr<HostCallPtr> Host::Online(const std::string& resource, ResidChoice resid, const OnlineArguments& asked) {
  OnlineArguments arguments = asked;
  if (options_.assumptions.strips_reattach) arguments.flags &= ~resapi::CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE;
  const bool own = resid.kind == ResidChoice::Kind::kOwn;
  return Queue(resource, resid, /*urgent=*/false,
               [this, own, arguments](Resource* target, EntryPoints* calls, resapi::RESID id) {
                 if (!own) return calls->Online(target->name, id, arguments, nullptr);
                 return RunOperation(target, Operation::kOnline, arguments.flags, [&](const auto& returned) {
                   return calls->Online(target->name, id, arguments, returned);
                 });
               });
}

absl::StatusOr<HostCallPtr> Host::Offline(const std::string& resource, ResidChoice resid,
                                          const OfflineArguments& asked) {
  OfflineArguments arguments = asked;
  if (options_.assumptions.reason_in_reserved && arguments.reserved == 0) arguments.reserved = kUserRequested;
  const bool own = resid.kind == ResidChoice::Kind::kOwn;
  return Queue(resource, resid, /*urgent=*/false,
               [this, own, arguments](Resource* target, EntryPoints* calls, resapi::RESID id) {
                 if (!own) return calls->Offline(target->name, id, arguments, nullptr);
                 return RunOperation(target, Operation::kOffline, arguments.flags, [&](const auto& returned) {
                   return calls->Offline(target->name, id, arguments, returned);
                 });
               });
}

absl::StatusOr<HostCallPtr> Host::LooksAlive(const std::string& resource, ResidChoice resid) {
  return Queue(resource, resid, /*urgent=*/false, [](Resource* target, EntryPoints* calls, resapi::RESID id) {
    return calls->LooksAlive(target->name, id);
  });
}

absl::StatusOr<HostCallPtr> Host::IsAlive(const std::string& resource, ResidChoice resid) {
  const bool own = resid.kind == ResidChoice::Kind::kOwn;
  return Queue(resource, resid, /*urgent=*/false, [this, own](Resource* target, EntryPoints* calls, resapi::RESID id) {
    return own ? RunIsAlive(target, calls, id) : calls->IsAlive(target->name, id);
  });
}

CallResult Host::RunIsAlive(Resource* resource, EntryPoints* entry_points, resapi::RESID resid) {
  CallResult result = entry_points->IsAlive(resource->name, resid);
  absl::MutexLock lock(&mutex_);
  if (result.exception.empty()) {
    Judge(resource, [&](ResourceRules* rules) { return rules->IsAliveReturned(result.code != 0); });
  }
  return result;
}

absl::StatusOr<HostCallPtr> Host::Control(const std::string& resource, ResidChoice resid,
                                          const ControlArguments& arguments) {
  const bool refused =
      options_.assumptions.refuses_upgrade_dll && arguments.code == resapi::CLUSCTL_RESOURCE_UPGRADE_DLL;
  return Queue(resource, resid, /*urgent=*/false,
               [arguments, refused](Resource* target, EntryPoints* calls, resapi::RESID id) {
                 if (refused) {
                   CallResult result;
                   result.entry_point = "ResourceControl";
                   result.code = win32::kNotSupported;
                   return result;
                 }
                 return calls->ResourceControl(target->name, id, arguments);
               });
}

absl::StatusOr<HostCallPtr> Host::TypeControl(const std::string& type, const ControlArguments& arguments) {
  absl::StatusOr<EntryPoints*> entry_points = EntryPointsOf(type);
  if (!entry_points.ok()) return entry_points.status();
  absl::StatusOr<std::u16string> name = ipc::Utf16FromUtf8(type);
  if (!name.ok()) return name.status();
  auto call = std::make_shared<HostCall>();
  type_lane_->Add([this, call, calls = *entry_points, name = *std::move(name), arguments] {
    {
      absl::MutexLockMaybe serialised(SerialOf(calls));
      call->result = calls->ResourceTypeControl(name, arguments);
    }
    if (!call->result.exception.empty()) {
      absl::MutexLock lock(&mutex_);
      Violation("", absl::StrCat("ResourceTypeControl: ", call->result.exception));
    }
    call->done.Notify();
  });
  return call;
}

absl::StatusOr<HostCallPtr> Host::Terminate(const std::string& resource, ResidChoice resid) {
  const bool own = resid.kind == ResidChoice::Kind::kOwn;
  return Queue(resource, resid, /*urgent=*/true, [this, own](Resource* target, EntryPoints* calls, resapi::RESID id) {
    return own ? RunTerminate(target, calls, id, /*failed=*/false) : calls->Terminate(target->name, id);
  });
}

CallResult Host::RunTerminate(Resource* resource, EntryPoints* entry_points, resapi::RESID resid, bool failed) {
  {
    absl::MutexLock lock(&mutex_);
    Judge(resource, [failed](ResourceRules* rules) {
      rules->TerminateCalled(failed);
      return Verdict{};
    });
  }
  CallResult result = entry_points->Terminate(resource->name, resid, /*by_host=*/failed);
  absl::MutexLock lock(&mutex_);
  if (resource->rules) resource->rules->TerminateReturned();
  changed_.SignalAll();
  return result;
}

absl::StatusOr<HostCallPtr> Host::Cancel(const std::string& resource, ResidChoice resid, uint32_t flags) {
  return Queue(resource, resid, /*urgent=*/!options_.assumptions.cancel_waits,
               [flags](Resource* target, EntryPoints* calls, resapi::RESID id) {
                 return calls->Cancel(target->name, id, flags);
               });
}

absl::StatusOr<HostCallPtr> Host::Close(const std::string& resource, ResidChoice resid) {
  const bool own = resid.kind == ResidChoice::Kind::kOwn;
  return Queue(resource, resid, /*urgent=*/false, [this, own](Resource* target, EntryPoints* calls, resapi::RESID id) {
    return own ? RunClose(target, calls, id) : calls->Close(target->name, id);
  });
}

CallResult Host::RunClose(Resource* resource, EntryPoints* entry_points, resapi::RESID resid) {
  {
    absl::MutexLock lock(&mutex_);
    resource->closing = true;
    if (resource->rules && resource->rules->pending()) {
      timeline_->Add({RecordKind::kNote, resource->name, "note: RHS would have called Terminate before Close", {}});
    }
  }
  CallResult result = entry_points->Close(resource->name, resid);
  absl::MutexLock lock(&mutex_);
  resource->rules.reset();
  resource->closing = false;
  resource->closed_resid = std::exchange(resource->resid, nullptr);
  handles_[resource->handle] = nullptr;
  const ClusterRegistry::Returned returned = registry_->CloseResourceKey(resource->key);
  if (returned.was_closed) Violation(resource->name, "the DLL closed ResourceKey, which belongs to RHS");
  if (returned.leaked > 0) {
    Violation(resource->name, absl::StrFormat("%d registry key(s) opened below ResourceKey are still open after Close",
                                              returned.leaked));
  }
  return result;
}

}  // namespace resource_broker::rhs_host
