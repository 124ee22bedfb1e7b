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

// One function table's calls. Every buffer passed is exactly as large as claimed, and wiped and freed when the call
// has returned, so that a DLL that keeps a pointer is found out. Thread-safe; knows no rules.
class EntryPoints {
 public:
  // Both must outlive it.
  EntryPoints(const resapi::CLRES_V2_FUNCTIONS* functions, Timeline* timeline);

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
  CallResult Terminate(const std::string& resource, resapi::RESID resid);
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

  const resapi::CLRES_V2_FUNCTIONS* const functions_;
  Timeline* const timeline_;
};

}  // namespace resource_broker::rhs_host
