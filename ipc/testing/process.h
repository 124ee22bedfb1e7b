// What the tests ask the operating system about their own process.
#pragma once

#include <cstdint>
#include <string>

namespace resource_broker::ipc::testing {

uint32_t OwnProcessId();

// As PeerIdentity::account.
std::string OwnAccount();

// What the process holds at this moment: open handles (file descriptors) and threads.
struct Held {
  int handles;
  int threads;
};
Held HeldNow();

// Fails the test unless the process soon holds no more than at `before`, but for the few that gRPC's thread pools and
// the system come and go with.
void ExpectNoGrowth(const Held& before);

}  // namespace resource_broker::ipc::testing
