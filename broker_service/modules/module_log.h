// What a module prints.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "broker_service/modules/child_process.h"
#include "broker_service/modules/line_splitter.h"

namespace spdlog {
class logger;
namespace sinks {
class sink;
}
}  // namespace spdlog

namespace resource_broker::broker {

// One process's lines in a module's log, each with time and process. Without a file the output is dropped: no module
// stops because of its log. Not thread-safe.
class ModuleLog {
 public:
  ModuleLog(const std::string& name, const std::shared_ptr<spdlog::sinks::sink>& file);
  ~ModuleLog();

  // Names the process whose output follows; `again` where an earlier broker had it.
  void Begin(uint32_t process_id, const std::string& version, bool again);
  void Write(ChildStream stream, std::string_view bytes);
  void End(const std::string& how);

 private:
  void Line(const char* mark, std::string_view text);

  std::shared_ptr<spdlog::logger> logger_;
  uint32_t process_id_ = 0;
  LineSplitter output_;
  LineSplitter errors_;
};

}  // namespace resource_broker::broker
