#include "broker_service/host/testing/program.h"

#include <filesystem>

#include "broker_service/host/platform.h"

namespace resource_broker::broker::testing {
namespace {

ChildOptions Options(std::vector<std::string> arguments, const Program::Environment& environment) {
  ChildOptions options;
  options.program = std::filesystem::u8path(RESOURCE_BROKER_PROGRAM);
  options.arguments = std::move(arguments);
  options.folder = ProgramFile().parent_path();
  options.environment = environment;
  return options;
}

}  // namespace

Program::Program(std::vector<std::string> arguments, const Environment& environment)
    : Child(Options(std::move(arguments), environment)) {}

}  // namespace resource_broker::broker::testing
