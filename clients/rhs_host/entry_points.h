// Calls a resource DLL's entry points, each with its record on the timeline.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "bridge_dll/resapi.h"
#include "clients/rhs_host/timeline.h"

namespace resource_broker::rhs_host {

// InBuffer and InBufferSize as they are to be passed.
struct InBuffer {
  // Absent: NULL. Empty: a pointer with size 0.
  std::optional<std::vector<uint8_t>> bytes;
  // InBufferSize where it is not the number of bytes: NULL with a size.
  std::optional<uint32_t> claimed_size;
};

struct OnlineArguments {
  uint32_t flags = 0;
  InBuffer in;
  uint32_t reserved = 0;
};

struct OfflineArguments {
  // Absent: NULL. May be invalid UTF-16, but has no NUL inside.
  std::optional<std::u16string> destination;
  uint32_t flags = 0;
  InBuffer in;
  uint32_t reserved = 0;
};

struct ControlArguments {
  uint32_t code = 0;
  InBuffer in;
  // Size of OutBuffer. Absent: NULL with size 0.
  std::optional<uint32_t> out_size;
};

// What came back.
struct CallResult {
  std::string entry_point;
  // The return value; for OpenV2 0 or, after NULL, what GetLastError said; for LooksAlive and IsAlive the BOOL; 0 for
  // Terminate and Close.
  uint32_t code = 0;
  // Empty, or what exception came out; `code` is then ERROR_UNHANDLED_EXCEPTION (574).
  std::string exception;
  absl::Duration duration;
  // Only OpenV2.
  resapi::RESID resid = nullptr;
  // Only OnlineV2: what it left in *EventHandle.
  resapi::HANDLE event_handle = nullptr;
  // Only controls: OutBuffer as far as BytesReturned goes, and BytesReturned.
  std::vector<uint8_t> out;
  uint32_t bytes_returned = 0;
};

// Whether this thread is inside a call of a resource DLL's entry point.
bool InsideEntryPoint();

// One function table's calls, of version 1 or 2. Version 1 gets no flags, buffers and destinations, and its Cancel is
// answered ERROR_CALL_NOT_IMPLEMENTED here. Every buffer passed is exactly as large as claimed, with a guard page
// behind it, and gone when the call has returned, so that a DLL that keeps a pointer is found out. Thread-safe; knows
// no rules.
class EntryPoints {
 public:
  // Both must outlive it.
  EntryPoints(const resapi::CLRES_FUNCTION_TABLE* table, Timeline* timeline);

  // Told the return value the moment a call is back, before anything is recorded.
  using Returned = std::function<void(uint32_t code)>;

  // `resource` names the line on the timeline, and the resource to OpenV2.
  CallResult Open(const std::string& resource, const std::u16string& name, resapi::HKEY key,
                  resapi::RESOURCE_HANDLE handle, uint32_t flags);
  CallResult Close(const std::string& resource, resapi::RESID resid);
  CallResult Online(const std::string& resource, resapi::RESID resid, const OnlineArguments& arguments,
                    const Returned& returned);
  CallResult Offline(const std::string& resource, resapi::RESID resid, const OfflineArguments& arguments,
                     const Returned& returned);
  // `by_host`: RHS's own reaction, and not asked for.
  CallResult Terminate(const std::string& resource, resapi::RESID resid, bool by_host = false);
  CallResult Cancel(const std::string& resource, resapi::RESID resid, uint32_t flags);
  CallResult LooksAlive(const std::string& resource, resapi::RESID resid);
  CallResult IsAlive(const std::string& resource, resapi::RESID resid);
  CallResult ResourceControl(const std::string& resource, resapi::RESID resid, const ControlArguments& arguments);
  CallResult ResourceTypeControl(const std::u16string& type, const ControlArguments& arguments);

 private:
  // A call as it is announced and finished on the timeline.
  struct Announcement;
  CallResult Run(const Announcement& announcement, const std::function<void(CallResult*)>& call,
                 const Returned& returned = nullptr);
  void Announce(const Announcement& announcement, uint64_t id);
  void Conclude(const Announcement& announcement, uint64_t id, const CallResult& result);
  CallResult Control(Announcement announcement, const ControlArguments& arguments,
                     const std::function<uint32_t(void* in, uint32_t in_size, void* out, uint32_t out_size,
                                                  resapi::DWORD* bytes_returned)>& call);

  // Those of version 1, or null; `common_` are the ones that are the same in both.
  const resapi::CLRES_V1_FUNCTIONS* const version1_;
  const resapi::CLRES_V2_FUNCTIONS* const version2_;
  struct Common {
    resapi::PCLOSE_ROUTINE Close;
    resapi::PTERMINATE_ROUTINE Terminate;
    resapi::PLOOKS_ALIVE_ROUTINE LooksAlive;
    resapi::PIS_ALIVE_ROUTINE IsAlive;
    resapi::PRESOURCE_CONTROL_ROUTINE ResourceControl;
    resapi::PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl;
  };
  const Common common_;
  Timeline* const timeline_;
};

}  // namespace resource_broker::rhs_host
