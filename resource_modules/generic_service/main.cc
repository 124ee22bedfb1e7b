#include "resource_modules/generic_service/generic_service.h"

int main(int argc, char** argv) {
  resource_broker::generic_service::GenericService module;
  return resource_broker::sdk::RunModule(argc, argv, module);
}
