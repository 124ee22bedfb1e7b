// Stands between a client and the server, to count and to cut.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc {

// Carries one connection's bytes both ways, on two threads, until either end closes or the tap cuts it.
class Relay {
 public:
  // As ListenOptions.tap.
  using Tap = std::function<size_t(size_t bytes)>;
  struct Started;

  // Takes the client's socket.
  static absl::StatusOr<Started> Start(UniqueFd client, Tap tap);
  // Cuts the connection if it is still there.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  bool ended() const { return running_ == 0; }

 private:
  Relay(UniqueFd client, UniqueFd server, Tap tap);
  void Carry(int from, int to, const Tap& tap);
  void Cut();

  const UniqueFd client_;
  const UniqueFd server_;
  const Tap tap_;
  std::atomic<int> running_{2};
  std::thread inward_;
  std::thread outward_;
};

struct Relay::Started {
  std::unique_ptr<Relay> relay;
  // What the server is given in place of the client's socket.
  UniqueFd server_end;
};

}  // namespace resource_broker::ipc
