// What Windows tells a service that is not about the service.
#pragma once

#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <string>

#include "absl/time/time.h"

namespace resource_broker::broker {

// Puts power and session events into words for the log. The broker does nothing about them: its clock stands still
// while the machine is suspended (SteadyTime), so no time it gave runs out by that, and it has nothing to do with who
// is logged on. For one thread, that of the control handler.
class ServiceEvents {
 public:
  // `event_type` of SERVICE_CONTROL_POWEREVENT: "the machine is about to be suspended". Empty: nothing to tell. `wall`
  // and `steady` are the time now, by which a resume says how long the machine was away.
  std::string OnPower(DWORD event_type, absl::Time wall, absl::Duration steady);

  // Of SERVICE_CONTROL_SESSIONCHANGE, `data` as it came with it: "session 2: logon".
  static std::string OnSession(DWORD event_type, const void* data);

 private:
  bool suspended_ = false;
  absl::Time wall_;
  absl::Duration steady_;
};

}  // namespace resource_broker::broker
