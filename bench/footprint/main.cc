// Part F: what a DLL adds to the process that loads it.
//
//   bench_footprint bridge ADDRESS       the bridge; used: opened, one OnlineV2 through the broker at ADDRESS
//   bench_footprint plain DLL HOST:PORT  one of the DLLs beside this program; used: its BenchUse(HOST:PORT)
//
// Prints a line of JSON before the DLL is loaded, when it is, and when it has been used; after each it waits for a line
// of standard input, so that others can look at the process.
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "bench/call/host_resource.h"
#include "bench/footprint/plain_dll.h"
#include "bench/samples.h"
#include "bridge_dll/testing/loaded_dll.h"
#include "clients/rhs_host/dynamic_library.h"
#include "ipc/testing/process.h"

namespace resource_broker::bench {
namespace {

using rhs_host::DynamicLibrary;

void Show(double took_us) {
  const ipc::testing::Held held = ipc::testing::HeldAtRest();
  Line().Add("took_us", took_us).Add("threads", held.threads).Add("handles", held.handles).Print();
  std::string line;
  std::getline(std::cin, line);
}

// Microseconds.
double Time(const std::function<bool()>& work) {
  const Clock::time_point begun = Clock::now();
  if (work()) return Microseconds(Clock::now() - begun);
  std::fprintf(stderr, "bench_footprint: the DLL can't be loaded, or not be used\n");
  std::exit(1);
}

int Bridge(const std::string& address) {
  Show(0);
  Show(Time([] { return bridge::testing::LoadStartupEx() != nullptr; }));
  std::unique_ptr<HostResource> resource;
  Show(Time([&] {
    resource = std::make_unique<HostResource>("r1", address, Properties{{"Module", "bench_module"}});
    return resource->Run().succeeded;
  }));
  return 0;
}

int Plain(const std::string& path, const std::string& address) {
  Show(0);
  decltype(&BenchUse) use = nullptr;
  Show(Time([&] {
    absl::StatusOr<DynamicLibrary> dll = DynamicLibrary::Load(path);
    if (!dll.ok()) return false;
    use = reinterpret_cast<decltype(&BenchUse)>(dll->Find("BenchUse"));
    return use != nullptr;
  }));
  Show(Time([&] { return use(address.c_str()) == 0; }));
  return 0;
}

}  // namespace
}  // namespace resource_broker::bench

int main(int argc, char** argv) {
  const std::string kind = argc > 2 ? argv[1] : "";
  if (kind == "bridge" && argc == 3) return resource_broker::bench::Bridge(argv[2]);
  if (kind == "plain" && argc == 4) return resource_broker::bench::Plain(argv[2], argv[3]);
  std::fprintf(stderr, "usage: bench_footprint bridge ADDRESS | plain DLL HOST:PORT\n");
  return 2;
}
