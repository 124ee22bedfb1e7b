#include "resource_modules/generic_process/generic_process.h"

int main(int argc, char** argv) {
  resource_broker::generic_process::GenericProcess module;
  return resource_broker::sdk::RunModule(argc, argv, module);
}
