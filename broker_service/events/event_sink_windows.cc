#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <windows.h>

#include <vector>

#include "broker_service/events/event_sink.h"
#include "broker_service/events/event_source_windows.h"
#include "broker_service/log.h"
#include "ipc/error_windows.h"
#include "ipc/utf16.h"

namespace resource_broker::broker {
namespace {

WORD TypeOf(LogLevel severity) {
  if (severity == LogLevel::kError) return EVENTLOG_ERROR_TYPE;
  return severity == LogLevel::kWarning ? EVENTLOG_WARNING_TYPE : EVENTLOG_INFORMATION_TYPE;
}

class ReportedEvents : public EventSink {
 public:
  ReportedEvents() : source_(RegisterEventSourceW(nullptr, kEventSource)) {
    if (source_ == nullptr) Tell("RegisterEventSourceW");
  }
  ~ReportedEvents() override {
    if (source_ != nullptr) DeregisterEventSource(source_);
  }

  void Write(const EventInfo& event, absl::Span<const std::string> inserts) override {
    if (source_ == nullptr) return;
    std::vector<std::wstring> wide;
    for (const std::string& insert : inserts) wide.push_back(ipc::WideFromUtf8(EventInsert(insert)));
    std::vector<const wchar_t*> strings;
    for (const std::wstring& insert : wide) strings.push_back(insert.c_str());
    if (!ReportEventW(source_, TypeOf(event.severity), /*wCategory=*/0, MessageIdOf(event), /*lpUserSid=*/nullptr,
                      static_cast<WORD>(strings.size()), /*dwDataSize=*/0, strings.data(), /*lpRawData=*/nullptr)) {
      Tell("ReportEventW");
    }
  }

 private:
  // Once: it would be said of each event.
  void Tell(const char* call) {
    if (told_) return;
    told_ = true;
    LogWarning("events do not reach the Windows Event Log, this log has them: ",
               ipc::LastWindowsError(call).ToString());
  }

  bool told_ = false;
  const HANDLE source_;
};

}  // namespace

std::unique_ptr<EventSink> SystemEventSink() { return std::make_unique<ReportedEvents>(); }

}  // namespace resource_broker::broker
