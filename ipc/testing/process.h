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

// The same when it has stopped changing: connections end a moment after their clients.
Held HeldAtRest();

// Fails the test unless the process soon holds no more than at `before`, but for the few that gRPC's thread pools come
// and go with.
void ExpectNoGrowth(const Held& before);

}  // namespace resource_broker::ipc::testing
