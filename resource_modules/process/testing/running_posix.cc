#include <fstream>
#include <string>

#include "resource_modules/process/testing/running.h"

namespace resource_broker::process {

bool IsRunning(uint32_t process_id) {
  std::ifstream file("/proc/" + std::to_string(process_id) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  size_t state = text.rfind(')') + 2;
  return state < text.size() && text[state] != 'Z' && text[state] != 'X';
}

}  // namespace resource_broker::process
