#include "broker_service/host/service_events_windows.h"

#include <wtsapi32.h>

#include "absl/strings/str_cat.h"

namespace resource_broker::broker {
namespace {

const char* SessionEvent(DWORD event_type) {
  switch (event_type) {
    case WTS_CONSOLE_CONNECT:
      return "console connected";
    case WTS_CONSOLE_DISCONNECT:
      return "console disconnected";
    case WTS_REMOTE_CONNECT:
      return "remote connected";
    case WTS_REMOTE_DISCONNECT:
      return "remote disconnected";
    case WTS_SESSION_LOGON:
      return "logon";
    case WTS_SESSION_LOGOFF:
      return "logoff";
    case WTS_SESSION_LOCK:
      return "locked";
    case WTS_SESSION_UNLOCK:
      return "unlocked";
    default:
      return "changed";
  }
}

}  // namespace

std::string ServiceEvents::OnPower(DWORD event_type, absl::Time wall, absl::Duration steady) {
  switch (event_type) {
    case PBT_APMSUSPEND:
      suspended_ = true;
      wall_ = wall;
      steady_ = steady;
      return "the machine is about to be suspended";
    case PBT_APMRESUMEAUTOMATIC:
    case PBT_APMRESUMESUSPEND: {
      // The second of them follows the first where a user is there.
      if (!suspended_) return "";
      suspended_ = false;
      const absl::Duration gone = absl::Trunc(wall - wall_, absl::Seconds(1));
      const absl::Duration counted = absl::Trunc(steady - steady_, absl::Seconds(1));
      return absl::StrCat("the machine has resumed after ", absl::FormatDuration(gone),
                          ", of which the broker's clock counted ", absl::FormatDuration(counted));
    }
    case PBT_APMPOWERSTATUSCHANGE:
      return "the machine's power source has changed";
    default:
      return "";
  }
}

std::string ServiceEvents::OnSession(DWORD event_type, const void* data) {
  if (data == nullptr) return absl::StrCat("a session: ", SessionEvent(event_type));
  return absl::StrCat("session ", static_cast<const WTSSESSION_NOTIFICATION*>(data)->dwSessionId, ": ",
                      SessionEvent(event_type));
}

}  // namespace resource_broker::broker
