// Which control codes the module is asked, and how its answer gets into RHS's buffers.
#pragma once

#include <functional>
#include <optional>

#include "bridge_dll/resapi.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::bridge {

// The buffers of one ResourceControl or ResourceTypeControl, as RHS passed them; any pointer may be NULL.
struct ControlBuffers {
  const void* in = nullptr;
  resapi::DWORD in_size = 0;
  void* out = nullptr;
  resapi::DWORD out_size = 0;
  resapi::DWORD* bytes_returned = nullptr;
};

// Input larger than this is refused with 24.
inline constexpr resapi::DWORD kMaxControlInBytes = 1 << 20;
// No more output than this is asked for; messages have a limit.
inline constexpr resapi::DWORD kMaxControlOutBytes = 1 << 20;

// Answers the code: UNKNOWN itself (0); what only a module knows (characteristics, class, required dependencies, the
// validation of private properties, and user codes) by `ask`; everything else with 1, RHS's default processing, which
// is also what a module or broker that does not answer comes to. UPGRADE_DLL must not be supported, and SET_NAME is
// fine by default: the broker keeps calling the resource by its name until it is opened again.
resapi::DWORD AnswerControl(resapi::DWORD code, const ControlBuffers& buffers,
                            const std::function<std::optional<v1::ControlResponse>(v1::ControlRequest)>& ask);

}  // namespace resource_broker::bridge
