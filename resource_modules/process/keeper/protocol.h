// What a module and its process_keeper say to each other, over a socket that keeps messages apart (SOCK_SEQPACKET).
#pragma once

#include <cstdint>

namespace resource_broker::process {

// The keeper's end of the socket.
inline constexpr int kKeeperSocket = 3;

// From the module, one byte each. Closing the socket means kKill as well: the module is gone. After kLetGo the keeper
// ends, and what is left of the tree is init's.
enum class KeeperCommand : uint8_t { kAskToEnd = 'T', kKill = 'K', kLetGo = 'L' };

// From the keeper. The first is kStarted or kFailed. It ends, and so closes the socket, when no process is left.
struct KeeperReport {
  enum class Kind : int32_t {
    // value: the program's process id.
    kStarted,
    // value: errno of the attempt to start it.
    kFailed,
    // value: the program's status, as of waitpid.
    kExited,
  };
  Kind kind;
  int32_t value;
};

}  // namespace resource_broker::process
