#include "bench/call/host_resource.h"

#include <cstdio>
#include <cstdlib>

#include "absl/time/time.h"
#include "bridge_dll/testing/loaded_dll.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

bool EndsOperation(resapi::CLUSTER_RESOURCE_STATE state) {
  return state == resapi::ClusterResourceOnline || state == resapi::ClusterResourceOffline ||
         state == resapi::ClusterResourceFailed;
}

// Of ASCII.
std::u16string Wide(const std::string& text) { return {text.begin(), text.end()}; }

}  // namespace

// What the DLL calls; a RESOURCE_HANDLE is a HostResource.
struct Callbacks {
  static void RESAPI_CALL LogEvent(resapi::RESOURCE_HANDLE, resapi::LOG_LEVEL, const resapi::WCHAR*, ...) {}
  static resapi::DWORD RESAPI_CALL SetResourceStatusEx(resapi::RESOURCE_HANDLE handle,
                                                       resapi::RESOURCE_STATUS_EX* status) {
    static_cast<HostResource*>(handle)->Take(*status);
    return resapi::ResourceExitStateContinue;
  }
  static resapi::DWORD RESAPI_CALL SetResourceLockedMode(resapi::RESOURCE_HANDLE, resapi::BOOL, resapi::DWORD) {
    return 0;
  }
  static resapi::DWORD RESAPI_CALL SignalFailure(resapi::RESOURCE_HANDLE, resapi::FAILURE_TYPE, resapi::DWORD) {
    return 0;
  }
};

const resapi::CLRES_V2_FUNCTIONS& LoadedBridge() {
  static const resapi::CLRES_V2_FUNCTIONS* const functions = [] {
    static resapi::CLRES_CALLBACK_FUNCTION_TABLE callbacks{Callbacks::LogEvent, Callbacks::SetResourceStatusEx,
                                                           Callbacks::SetResourceLockedMode, Callbacks::SignalFailure,
                                                           nullptr};
    const resapi::PSTARTUP_EX_ROUTINE startup = bridge::testing::LoadStartupEx();
    resapi::CLRES_FUNCTION_TABLE* table = nullptr;
    if (startup == nullptr || startup(RESAPI_TEXT("Resource Broker"), resapi::CLRES_VERSION_V1_00,
                                      resapi::CLRES_VERSION_V4_00, &callbacks, &table) != 0) {
      std::fprintf(stderr, "the bridge can't be loaded\n");
      std::exit(1);
    }
    return &table->V2Functions;
  }();
  return *functions;
}

HostResource::HostResource(const std::string& name, const std::string& address, const Properties& properties) {
  auto parameters = std::make_unique<bridge::testing::FakeKey>();
  parameters->SetText(u"PipeName", Wide(address));
  for (const auto& [property, value] : properties) parameters->SetText(Wide(property), Wide(value));
  key_.subkeys[u"Parameters"] = std::move(parameters);
  const std::u16string wide = Wide(name);
  const std::basic_string<resapi::WCHAR> text(wide.begin(), wide.end());
  id_ = LoadedBridge().Open(text.c_str(), key_.handle(), this, 0);
  if (id_ != nullptr) return;
  std::fprintf(stderr, "the bridge did not open %s\n", name.c_str());
  std::exit(1);
}

HostResource::~HostResource() { LoadedBridge().Close(id_); }

void HostResource::Take(const resapi::RESOURCE_STATUS_EX& status) {
  const Clock::time_point now = Clock::now();
  if (!EndsOperation(status.ResourceState)) return;
  absl::MutexLock lock(&mu_);
  if (!final_.has_value()) final_ = Report{now, status.ResourceState};
}

Operation HostResource::Begin() {
  {
    absl::MutexLock lock(&mu_);
    final_.reset();
  }
  const bool online = online_next_;
  online_next_ = !online_next_;
  Operation operation;
  resapi::HANDLE event = nullptr;
  operation.entered = Clock::now();
  const resapi::DWORD code = online ? LoadedBridge().Online(id_, &event, 0, nullptr, 0, 0)
                                    : LoadedBridge().Offline(id_, nullptr, 0, nullptr, 0, 0);
  operation.returned = Clock::now();
  operation.ended = operation.returned;
  operation.pended = code == win32::kIoPending;
  operation.succeeded = code == win32::kSuccess;
  return operation;
}

bool HostResource::AwaitEnd(Operation* operation) {
  if (!operation->pended) return true;
  const auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return final_.has_value(); };
  absl::MutexLock lock(&mu_);
  if (!mu_.AwaitWithTimeout(absl::Condition(&ended), kPatience)) return false;
  operation->ended = final_->time;
  operation->succeeded = final_->state != resapi::ClusterResourceFailed;
  return true;
}

Operation HostResource::Run() {
  Operation operation = Begin();
  if (!AwaitEnd(&operation)) {
    std::fprintf(stderr, "an operation has not ended within a minute\n");
    std::exit(1);
  }
  return operation;
}

}  // namespace resource_broker::bench
