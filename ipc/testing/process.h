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

}  // namespace resource_broker::ipc::testing
