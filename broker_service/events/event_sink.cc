#include "broker_service/events/event_sink.h"

#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

// ReportEvent takes 31,839 characters in all strings, of which there are nine at most.
constexpr size_t kMaxInsertBytes = 3000;

}  // namespace

std::string EventInsert(const std::string& insert) {
  const std::string cut = CutText(ValidUtf8(insert), kMaxInsertBytes);
  std::string shown;
  for (size_t i = 0; i < cut.size(); ++i) {
    // It would end the string.
    shown += cut[i] == '\0' ? '?' : cut[i];
    const bool is_insert =
        cut[i] == '%' && i + 1 < cut.size() && (cut[i + 1] == '%' || (cut[i + 1] >= '0' && cut[i + 1] <= '9'));
    if (is_insert) shown += ' ';
  }
  return shown;
}

}  // namespace resource_broker::broker
