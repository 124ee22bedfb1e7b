// main() of the test programs. It is not GoogleTest's own: see ipc/end_process.h.
#include <gmock/gmock.h>

#include <cstdio>

#include "ipc/end_process.h"

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  const int exit_code = RUN_ALL_TESTS();
  std::fflush(nullptr);
  resource_broker::ipc::EndProcess(exit_code);
}
