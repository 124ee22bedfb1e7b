// A program that ends badly: panic_subject FILE DUMPS HOW. FILE "-": its stderr stays.
#include <grpc/grpc.h>
#include <grpc/support/log.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <thread>

#include "broker_service/panic/panic.h"

namespace {

void End(const std::string& how) {
  if (how == "abort") std::abort();
  if (how == "terminate") std::terminate();
  if (how == "throw") throw std::runtime_error("no such thing as a whale");
  if (how == "throw_in_thread") std::thread([] { throw std::runtime_error("lost in a thread"); }).join();
  if (how == "check") {
    // Which decides what it logs.
    grpc_init();
    GPR_ASSERT(how == "a failed check of gRPC");
  }
  if (how == "fault") {
    // Not known to the compiler, which would make a trap of it.
    volatile uintptr_t address = 8;
    *reinterpret_cast<volatile int*>(address) = 1;
  }
  if (how == "say") fprintf(stderr, "said by the program\n");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::string file = argv[1];
  if (file != "-" && !resource_broker::broker::BindErrors(std::filesystem::u8path(file)).ok()) return 4;
  resource_broker::broker::InstallPanicHandlers(std::filesystem::u8path(argv[2]));
  End(argv[3]);
  return 0;
}
