#include "resource_modules/generic_script/generic_script.h"

int main(int argc, char** argv) {
  resource_broker::generic_script::GenericScript module;
  return resource_broker::sdk::RunModule(argc, argv, module);
}
