#include "broker_service/host/command_line.h"
#include "broker_service/host/prepare_panic.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  resource_broker::broker::PrepareForPanic(arguments);
  return resource_broker::broker::RunCommandLine(arguments);
}
