// The private properties that the bridge itself obeys. All others are for the module, which gets these too.
//
//   property           type           default                 meaning, and what is allowed
//   Module             REG_SZ         none                    the module that serves the resource: 1 to 64 of a-z, 0-9
//                                                             and _. Without it Online and Offline return 87.
//   PipeName           REG_SZ         resource-broker-v1      the broker's pipe (broker_address.h); natively
//                                                             unix:/run/resource-broker/bridge.sock
//   CallBudgetMs       REG_DWORD      250                     how long Online, Offline, IsAlive and the control codes
//                                                             may take to return: 100 to 60,000
//   TerminateBudgetMs  REG_DWORD      2,000                   how long Terminate waits for the broker's word that the
//                                                             resource is down: 0 to 60,000. More than the 250 of the
//                                                             others, since RHS goes on as if it were down, perhaps by
//                                                             starting it on another node. No wait without a broker.
//   CloseBudgetMs      REG_DWORD      250                     how long Close waits for the broker: 0 to 60,000; a
//                                                             resource that still runs is terminated first
//   ReconnectTimeoutMs REG_DWORD      300,000                 how long a pending operation waits for a broker that is
//                                                             away before it fails with 1062: 1,000 to 86,400,000
//   CallTimeoutMs      REG_DWORD      5,000                   how long one call to the broker, and the wait for its
//   pipe
//                                                             within it, may take before it is made anew: 500 to
//                                                             60,000. Three times that for Terminate, which has to be
//                                                             more than the broker's timeouts.moduleTerminateMs.
//                                                             Nothing RHS calls waits for it. Of resources with the
//                                                             same pipe, the one that was read last decides.
//   MaxInBufferBytes   REG_DWORD      1,048,576               largest InBuffer taken; a larger one is refused with 24:
//                                                             0 to 3,145,728. The broker may allow less.
//
// A number may also be REG_QWORD, or REG_SZ with decimal digits. A value that is not allowed is logged, and the default
// taken.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "bridge_dll/properties.h"

namespace resource_broker::bridge {

// The most MaxInBufferBytes may allow: what the broker takes, and a gRPC message has room for.
inline constexpr uint32_t kMaxInBufferBytesEver = 3145728;

struct Settings {
  // Empty where the property is absent or wrong.
  std::string module;
  std::string address;
  std::chrono::milliseconds call_budget{250};
  std::chrono::milliseconds terminate_budget{2000};
  std::chrono::milliseconds close_budget{250};
  std::chrono::milliseconds reconnect_timeout{300000};
  std::chrono::milliseconds call_timeout{5000};
  uint32_t max_in_buffer_bytes = 1048576;
};

// Each complaint names the property, its value and what is allowed.
Settings SettingsFrom(const Properties& properties, std::vector<std::string>* complaints);

}  // namespace resource_broker::bridge
