// A module for tests of what goes wrong, and of upgrades. `--mode` says how it behaves; manifests/ has one for each:
//
//   counts            works, and counts: "operation N of this process" as progress, N as the output of any control code
//   crashes_at_start  ends by a crash before it listens
//   fails_health      works, and its resource is dead 2 s after it was opened or brought online
//   hangs_offline     never returns from Offline, whatever it is asked
//   older_protocol    speaks an older version of the contract: answers 0 to any offer
//   newer_protocol    speaks versions 2 to 3 only
//
// Exit code 2: no such mode.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "resource_modules/sdk/module.h"
#include "tests/modules/misbehaving.h"
#include "tests/modules/other_protocol.h"

int main(int argc, char** argv) {
  using namespace resource_broker::test_modules;  // NOLINT(google-build-using-namespace): a module's own program
  const std::string mode = argc == 3 && std::string(argv[1]) == "--mode" ? argv[2] : "";
  if (mode == "crashes_at_start") std::abort();
  if (mode == "older_protocol") return ServeOlderProtocol();
  if (mode == "newer_protocol") return ServeNewerProtocol();
  const std::unique_ptr<resource_broker::sdk::Module> module = MakeModule(mode);
  if (module == nullptr) {
    std::fprintf(stderr,
                 "test_module: --mode counts, crashes_at_start, fails_health, hangs_offline, older_protocol or "
                 "newer_protocol\n");
    return 2;
  }
  return resource_broker::sdk::RunModule(1, argv, *module);
}
