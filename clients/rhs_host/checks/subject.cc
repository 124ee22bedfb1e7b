#include "clients/rhs_host/checks/subject.h"

#include <algorithm>
#include <cstring>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/notification.h"
#include "clients/names/names.h"
#include "clients/rhs_host/clusapi/property.h"
#include "ipc/utf16.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::rhs_host {

Subject::Subject(const CheckOptions& options, const Check& check, std::unique_ptr<ResourceDll> dll,
                 ClusterRegistry* registry, Timeline* timeline, Concluded concluded)
    : options_(options),
      check_(check),
      dll_(std::move(dll)),
      registry_(registry),
      timeline_(timeline),
      concluded_(std::move(concluded)),
      callbacks_(new CallbackScope(this)),
      cluster_call_scope_(std::make_unique<ClusterCallScope>([this](const ClusterCall& call) {
        absl::MutexLock lock(&mutex_);
        cluster_calls_.push_back({call.function, InsideEntryPoint()});
      })) {}

Subject::~Subject() = default;

std::u16string Subject::type() const { return ipc::Utf16FromUtf8(options_.type).value_or(u""); }

// --- Start ---

void Subject::Start() {
  if (entry_points_ != nullptr) return;
  StartWithoutPhases();
  for (uint32_t code : {resapi::CLUSCTL_RESOURCE_TYPE_STARTING_PHASE1, resapi::CLUSCTL_RESOURCE_TYPE_STARTING_PHASE2}) {
    ControlArguments arguments;
    arguments.code = code;
    // CLUS_STARTING_PARAMS: its size, and neither forming the cluster nor the first.
    arguments.in.bytes = std::vector<uint8_t>{12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    TypeControl(arguments);
  }
}

void Subject::StartWithoutPhases() { StartWith(CallbackTable(), resapi::CLRES_VERSION_V4_00); }

void Subject::StartWithShortTable() {
  constexpr size_t kSize = sizeof(resapi::CLRES_CALLBACK_FUNCTION_TABLE);
  short_table_ = std::make_unique<GuardedMemory>(kSize);
  std::memcpy(short_table_->data(), CallbackTable(), kSize);
  StartWith(static_cast<resapi::CLRES_CALLBACK_FUNCTION_TABLE*>(short_table_->data()), resapi::CLRES_VERSION_V2_00);
}

void Subject::StartWith(resapi::CLRES_CALLBACK_FUNCTION_TABLE* callbacks, uint32_t max_version) {
  const ResourceDll::Answer answer = dll_->Call(type(), resapi::CLRES_VERSION_V1_00, max_version, callbacks, nullptr);
  if (!answer.exception.empty()) {
    const std::string what = absl::StrCat(dll_->start_routine(), ": ", answer.exception);
    Conclude(check_.owns_exceptions ? Fail(what) : NotJudged(what));
  }
  if (answer.code != win32::kSuccess) {
    Conclude(NotJudged(absl::StrFormat("%s of type \"%s\" returned %s", dll_->start_routine(), options_.type,
                                       names::FormatWin32(answer.code))));
  }
  const std::string problem = TableProblem(answer.table);
  if (!problem.empty()) Conclude(NotJudged(problem));
  if (check_.version2 && answer.table->Version == resapi::CLRES_VERSION_V1_00) {
    Conclude(NotJudged("the DLL has version 1 only, which knows nothing of this"));
  }
  entry_points_ = std::make_unique<EntryPoints>(answer.table, timeline_);
}

// --- Resources ---

Instance* Subject::TryOpen(const std::string& name, const std::u16string& wide_name, uint32_t flags, uint32_t* error) {
  Start();
  // ParseProperty was asked of each before the check began.
  for (const std::string& text : options_.properties) registry_->SetProperty(name, *ParseProperty(text));
  registry_
      ->DefineResource(name, options_.type, static_cast<uint32_t>(absl::ToInt64Milliseconds(options_.pending_timeout)))
      .IgnoreError();  // the names are the host's own
  Instance* instance = nullptr;
  {
    absl::MutexLock lock(&mutex_);
    instances_.push_back(std::make_unique<Instance>(this, name));
    instance = instances_.back().get();
    if (gives_handles_) instance->given_ = GivenHandle::Make();
    instance->handle_ = instance->given_ != nullptr ? instance->given_->value()
                                                    : reinterpret_cast<resapi::RESOURCE_HANDLE>(next_handle_);
    instance->key_ = registry_->OpenResourceKey(name);
    handles_[reinterpret_cast<uintptr_t>(instance->handle_)] = instance;
    next_handle_ += 2;
  }
  const CallResult result =
      Bounded("OpenV2", [=] { return entry_points_->Open(name, wide_name, instance->key_, instance->handle_, flags); });
  instance->resid_ = result.resid;
  *error = result.code;
  if (result.resid != nullptr) return instance;
  Closed(instance);
  return nullptr;
}

Instance& Subject::Open(uint32_t flags) {
  size_t number = 0;
  {
    absl::MutexLock lock(&mutex_);
    number = instances_.size() + 1;
  }
  const std::string name = absl::StrCat(check_.name, "-", number);
  uint32_t error = 0;
  Instance* instance = TryOpen(name, *ipc::Utf16FromUtf8(name), flags, &error);
  if (instance == nullptr) Conclude(NotJudged(absl::StrCat("OpenV2 returned NULL, ", names::FormatWin32(error))));
  return *instance;
}

Instance& Subject::OpenOnline() {
  Instance& instance = Open();
  const Ended ended = instance.Online();
  if (!ended.state) {
    Conclude(NotJudged(absl::StrFormat("OnlineV2 returned %s, and no final report came within %d ms",
                                       names::FormatWin32(ended.call.code),
                                       absl::ToInt64Milliseconds(options_.pending_timeout))));
  }
  if (!ended.Is(resapi::ClusterResourceOnline)) {
    Conclude(NotJudged(absl::StrFormat("OnlineV2 returned %s and led to %s, not Online",
                                       names::FormatWin32(ended.call.code), names::StateName(*ended.state))));
  }
  return instance;
}

void Subject::Exercise(const std::string& name) {
  uint32_t error = 0;
  const absl::StatusOr<std::u16string> wide_name = ipc::Utf16FromUtf8(name);
  Instance* instance = TryOpen(name, *wide_name, 0, &error);
  if (instance == nullptr) Conclude(NotJudged(absl::StrCat("OpenV2 returned NULL, ", names::FormatWin32(error))));
  Characteristics(*instance);
  instance->Online();
  instance->LooksAlive();
  instance->IsAlive();
  ControlArguments unknown;
  unknown.code = resapi::CLUSCTL_RESOURCE_UNKNOWN;
  instance->Control(unknown);
  OfflineArguments offline;
  offline.destination = *wide_name;
  if (instance->locked()) offline.flags = resapi::CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS;
  instance->Offline(offline);
  instance->Cancel();
  instance->Terminate();
  instance->Close();
}

CallResult Subject::TypeControl(const ControlArguments& arguments) {
  return Bounded("ResourceTypeControl", [=] { return entry_points_->ResourceTypeControl(type(), arguments); });
}

uint32_t Subject::Characteristics(Instance& instance) {
  ControlArguments arguments;
  arguments.code = resapi::CLUSCTL_RESOURCE_GET_CHARACTERISTICS;
  arguments.out_size = sizeof(uint32_t);
  const CallResult result = instance.Control(arguments);
  if (result.code != win32::kSuccess || result.out.size() != sizeof(uint32_t)) return 0;
  return result.out[0] | result.out[1] << 8 | result.out[2] << 16 | uint32_t{result.out[3]} << 24;
}

void Subject::Closed(Instance* instance) {
  const ClusterRegistry::Returned returned = registry_->CloseResourceKey(instance->key_);
  const bool handle_closed = instance->given_ != nullptr && !instance->given_->IsOpen();
  absl::MutexLock lock(&mutex_);
  stolen_handles_ += handle_closed ? 1 : 0;
  stolen_keys_ += returned.was_closed ? 1 : 0;
  leaked_keys_ += returned.leaked;
}

void Subject::CloseAll() {
  std::vector<Instance*> open;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& instance : instances_) {
      if (instance->resid() != nullptr && instance->phase() != Phase::kClosed) open.push_back(instance.get());
    }
  }
  for (Instance* instance : open) instance->TerminateAndClose();
}

void Subject::Forget(Instance* instance) {
  absl::MutexLock lock(&mutex_);
  handles_.erase(reinterpret_cast<uintptr_t>(instance->handle_));
  instances_.erase(std::find_if(instances_.begin(), instances_.end(),
                                [instance](const auto& known) { return known.get() == instance; }));
}

// --- Calls and their ends ---

CallResult Subject::Bounded(const char* entry_point, std::function<CallResult()> call) {
  absl::Notification done;
  CallResult result;
  std::thread thread([&] {
    result = call();
    done.Notify();
  });
  if (!done.WaitForNotificationWithTimeout(options_.deadlock_timeout)) {
    // The process ends: what the thread refers to is never gone before it.
    const std::string what =
        absl::StrFormat("%s did not return within %d ms; after DeadlockTimeout RHS is ended (event 1230)", entry_point,
                        absl::ToInt64Milliseconds(options_.deadlock_timeout));
    Conclude(check_.owns_hangs ? Fail(what) : NotJudged(what));
  }
  thread.join();
  if (result.exception.empty()) return result;
  const std::string what = absl::StrCat(entry_point, ": ", result.exception);
  Conclude(check_.owns_exceptions ? Fail(what) : NotJudged(what));
}

void Subject::Conclude(const Finding& finding) {
  // Never let go: of two threads the first one's finding counts.
  concluding_.Lock();
  concluded_(finding);
  std::abort();  // `concluded` has ended the process
}

// --- What is seen ---

std::vector<LogSeen> Subject::logs() const {
  absl::MutexLock lock(&mutex_);
  return logs_;
}

std::vector<std::string> Subject::foreign_callbacks() const {
  absl::MutexLock lock(&mutex_);
  return foreign_;
}

std::vector<ClusterCallSeen> Subject::cluster_calls() const {
  absl::MutexLock lock(&mutex_);
  return cluster_calls_;
}

int Subject::stolen_keys() const {
  absl::MutexLock lock(&mutex_);
  return stolen_keys_;
}

int Subject::leaked_keys() const {
  absl::MutexLock lock(&mutex_);
  return leaked_keys_;
}

int Subject::stolen_handles() const {
  absl::MutexLock lock(&mutex_);
  return stolen_handles_;
}

}  // namespace resource_broker::rhs_host
