#include "clients/console/console.h"

int main(int count, char** arguments) {
  return resource_broker::console::ProgramMain({arguments + (count > 0 ? 1 : 0), arguments + count});
}
