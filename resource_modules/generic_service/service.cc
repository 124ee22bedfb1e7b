#include "resource_modules/generic_service/service.h"

namespace resource_broker::generic_service {

const char* StateText(ServiceState state) {
  switch (state) {
    case ServiceState::kStopped:
      return "stopped";
    case ServiceState::kStartPending:
      return "start pending";
    case ServiceState::kStopPending:
      return "stop pending";
    case ServiceState::kRunning:
      return "running";
    case ServiceState::kOther:
      break;
  }
  return "paused or between states";
}

}  // namespace resource_broker::generic_service
