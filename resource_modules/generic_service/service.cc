#include "resource_modules/generic_service/service.h"

namespace resource_broker::generic_service {

std::string ToString(ServiceState state) {
  switch (state) {
    case ServiceState::kStopped:
      return "stopped";
    case ServiceState::kStartPending:
      return "start pending";
    case ServiceState::kStopPending:
      return "stop pending";
    case ServiceState::kRunning:
      return "running";
    case ServiceState::kContinuePending:
      return "continue pending";
    case ServiceState::kPausePending:
      return "pause pending";
    case ServiceState::kPaused:
      return "paused";
  }
  return "in an unknown state";
}

}  // namespace resource_broker::generic_service
