#include "bridge_dll/entry_points.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "bridge_dll/control_codes.h"
#include "bridge_dll/entry_point_counts.h"
#include "bridge_dll/guard.h"
#include "bridge_dll/handle_table.h"
#include "bridge_dll/host_process.h"
#include "bridge_dll/resource.h"
#include "bridge_dll/resource_types.h"
#include "bridge_dll/wide_text.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge {
namespace {

using resapi::BOOL;
using resapi::BYTE;
using resapi::DWORD;
using resapi::HANDLE;
using resapi::HKEY;
using resapi::RESID;
using resapi::RESOURCE_HANDLE;
using resapi::WCHAR;

constexpr size_t kMaxResources = 65536;
// A resource type's control code has no resource to take a budget from.
constexpr std::chrono::milliseconds kTypeControlWait{200};

// All the DLL's state besides the sessions'. Never destroyed: threads use it until the process ends.
struct Bridge {
  ResourceTypes types;
  HandleTable<Resource> resources{kMaxResources};
};

Bridge& TheBridge() {
  static auto* const bridge = new Bridge;
  return *bridge;
}

template <typename Body>
DWORD WithResource(RESID id, Body body) noexcept {
  return Guard<DWORD>(win32::kInternalError, [&]() -> DWORD {
    const std::shared_ptr<Resource> resource = TheBridge().resources.Find(id);
    return resource == nullptr ? DWORD{win32::kResourceNotFound} : DWORD{body(*resource)};
  });
}

// --- Open and Close ---

RESID OpenChecked(const WCHAR* name, HKEY key, RESOURCE_HANDLE handle, DWORD flags, DWORD* error) {
  if (name == nullptr) return *error = win32::kInvalidParameter, nullptr;
  absl::StatusOr<std::string> text = NameFromHost(name);
  if (!text.ok() || text->empty()) {
    *error = absl::IsInvalidArgument(text.status()) ? win32::kNoUnicodeTranslation : win32::kInvalidParameter;
    return nullptr;
  }
  Bridge& bridge = TheBridge();
  auto resource_key = std::make_unique<ResourceKey>(ProcessClusterRegistry(), key);
  const ResourceTypes::Type type = bridge.types.Find(resource_key->type());
  auto resource = std::make_shared<Resource>(ResourceIdentity{*std::move(text), type.name, handle, flags}, type.host,
                                             std::move(resource_key));
  const RESID id = bridge.resources.Insert(resource);
  if (id == nullptr) return *error = win32::kNotEnoughMemory, nullptr;
  resource->Open();
  return id;
}

RESID RESAPI_CALL OpenV2(const WCHAR* name, HKEY key, RESOURCE_HANDLE handle, DWORD flags) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::OPEN);
  DWORD error = win32::kInternalError;
  const RESID id = Guard<RESID>(nullptr, [&] { return OpenChecked(name, key, handle, flags, &error); });
  if (id == nullptr) SetLastErrorCode(error);
  return id;
}

void RESAPI_CALL Close(RESID id) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::CLOSE);
  Contain([&] {
    if (const std::shared_ptr<Resource> resource = TheBridge().resources.Remove(id); resource != nullptr) {
      resource->Close();
    }
  });
}

// --- Operations ---

DWORD OperateWith(Resource* resource, v1::OperationRequest request, const BYTE* in_buffer, DWORD in_buffer_size) {
  if (in_buffer == nullptr && in_buffer_size != 0) return win32::kInvalidParameter;
  if (in_buffer_size > kMaxInBufferBytesEver) {
    resource->LogNow(resapi::LOG_ERROR, absl::StrCat("InBuffer has ", in_buffer_size, " bytes, more than the ",
                                                     kMaxInBufferBytesEver, " that can be sent."));
    return win32::kBadLength;
  }
  if (in_buffer != nullptr) request.set_in_buffer(in_buffer, in_buffer_size);
  return resource->Operate(std::move(request));
}

DWORD RESAPI_CALL OnlineV2(RESID id, HANDLE* event_handle, DWORD flags, BYTE* in_buffer, DWORD in_buffer_size,
                           DWORD reserved) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::ONLINE);
  return WithResource(id, [&](Resource& resource) {
    // Failures are found by polling and told by SignalFailure.
    if (event_handle != nullptr) *event_handle = nullptr;
    v1::OperationRequest request;
    request.set_kind(v1::ONLINE);
    request.set_flags(flags);
    request.set_reserved(reserved);
    return OperateWith(&resource, std::move(request), in_buffer, in_buffer_size);
  });
}

DWORD RESAPI_CALL OfflineV2(RESID id, const WCHAR* destination, DWORD flags, BYTE* in_buffer, DWORD in_buffer_size,
                            DWORD reserved) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::OFFLINE);
  return WithResource(id, [&](Resource& resource) -> DWORD {
    v1::OperationRequest request;
    request.set_kind(v1::OFFLINE);
    request.set_flags(flags);
    request.set_reserved(reserved);
    if (destination != nullptr) {
      absl::StatusOr<std::string> name = NameFromHost(destination);
      if (!name.ok()) {
        resource.LogNow(resapi::LOG_ERROR, absl::StrCat("DestinationNodeName: ", name.status().message()));
        return absl::IsInvalidArgument(name.status()) ? win32::kNoUnicodeTranslation : win32::kInvalidParameter;
      }
      request.set_destination_node(*std::move(name));
    }
    return OperateWith(&resource, std::move(request), in_buffer, in_buffer_size);
  });
}

DWORD RESAPI_CALL Cancel(RESID id, DWORD flags) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::CANCEL);
  return WithResource(id, [&](Resource& resource) { return resource.Cancel(flags); });
}

void RESAPI_CALL Terminate(RESID id) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::TERMINATE);
  WithResource(id, [](Resource& resource) {
    resource.Terminate("Terminate");
    return win32::kSuccess;
  });
}

// --- Health and control codes ---

template <typename Question>
BOOL AskAlive(RESID id, Question question) noexcept {
  return Guard<BOOL>(0, [&]() -> BOOL {
    const std::shared_ptr<Resource> resource = TheBridge().resources.Find(id);
    return resource != nullptr && ((*resource).*question)() ? 1 : 0;
  });
}

BOOL RESAPI_CALL LooksAlive(RESID id) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::LOOKS_ALIVE);
  return AskAlive(id, &Resource::LooksAlive);
}

BOOL RESAPI_CALL IsAlive(RESID id) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::IS_ALIVE);
  return AskAlive(id, &Resource::IsAlive);
}

DWORD RESAPI_CALL ResourceControl(RESID id, DWORD code, void* in, DWORD in_size, void* out, DWORD out_size,
                                  DWORD* bytes_returned) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::RESOURCE_CONTROL);
  return WithResource(id, [&](Resource& resource) {
    return AnswerControl(code, {in, in_size, out, out_size, bytes_returned},
                         [&resource](v1::ControlRequest request) { return resource.Control(std::move(request)); });
  });
}

DWORD RESAPI_CALL ResourceTypeControl(const WCHAR* type, DWORD code, void* in, DWORD in_size, void* out, DWORD out_size,
                                      DWORD* bytes_returned) noexcept {
  const TimedEntry timed(v1::EntryPointUsage::RESOURCE_TYPE_CONTROL);
  return Guard<DWORD>(win32::kInternalError, [&]() -> DWORD {
    const SteadyTime deadline = Now() + kTypeControlWait;
    return AnswerControl(code, {in, in_size, out, out_size, bytes_returned},
                         [type, deadline](v1::ControlRequest control) -> std::optional<v1::ControlResponse> {
                           const absl::StatusOr<std::string> name =
                               type == nullptr ? absl::InvalidArgumentError("NULL") : NameFromHost(type);
                           const std::shared_ptr<BrokerSession> session = BrokerSession::AnyAttached();
                           if (!name.ok() || session == nullptr) return std::nullopt;
                           return session->ControlType(*name, std::move(control), deadline);
                         });
  });
}

// From the moment it is loaded, and not only from its start: what the initialisers of MinGW's thread library take when
// the DLL is loaded (for the loading thread an event and a handle of the thread; two semaphores) its unloading does not
// give back. Once in a process that is nothing; with each time it is loaded it would be a leak.
const bool g_pinned = PinThisModule();

// Arbitrate and Release are for resources that can be a quorum.
resapi::CLRES_FUNCTION_TABLE MakeTable() {
  resapi::CLRES_FUNCTION_TABLE table{};
  table.TableSize = sizeof(table.V2Functions);
  table.Version = resapi::CLRES_VERSION_V2_00;
  table.V2Functions = {OpenV2,  Close,   OnlineV2, OfflineV2,       Terminate,           LooksAlive,
                       IsAlive, nullptr, nullptr,  ResourceControl, ResourceTypeControl, Cancel};
  return table;
}

}  // namespace

DWORD StartResourceType(const WCHAR* type, DWORD min_version, DWORD max_version,
                        resapi::CLRES_CALLBACK_FUNCTION_TABLE* callbacks,
                        resapi::CLRES_FUNCTION_TABLE** functions) noexcept {
  return Guard<DWORD>(win32::kInternalError, [&]() -> DWORD {
    if (type == nullptr || callbacks == nullptr || functions == nullptr) return win32::kInvalidParameter;
    const absl::StatusOr<std::string> name = NameFromHost(type);
    if (!name.ok() || !IsOurType(*name)) return win32::kClusterResnameNotFound;
    if (min_version > resapi::CLRES_VERSION_V2_00 || max_version < resapi::CLRES_VERSION_V2_00) {
      return win32::kRevisionMismatch;
    }
    // What may not be unloaded must not start.
    if (!g_pinned) return win32::kModNotFound;
    TheBridge().types.Add(*name, HostCallbacks(*callbacks));
    static resapi::CLRES_FUNCTION_TABLE table = MakeTable();
    *functions = &table;
    return win32::kSuccess;
  });
}

}  // namespace resource_broker::bridge
