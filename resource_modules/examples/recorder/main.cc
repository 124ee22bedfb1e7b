#include "resource_modules/examples/recorder/recorder.h"

int main(int argc, char** argv) {
  resource_broker::recorder::Recorder recorder;
  return resource_broker::sdk::RunModule(argc, argv, recorder);
}
