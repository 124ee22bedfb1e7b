#include "broker_service/host/command_line.h"

int main(int argc, char** argv) {
  return resource_broker::broker::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc));
}
