// Carries the bytes between a remote client and the server.
#pragma once

#include <array>
#include <asio/steady_timer.hpp>
#include <cstddef>
#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "broker_service/remote/client_stream.h"
#include "broker_service/remote/inner_stream.h"

namespace resource_broker::broker {

struct RelayLimits {
  // A client that takes nothing for so long is cut.
  absl::Duration stall;
  // After the server's last byte the client is given so long to close.
  absl::Duration linger;
};

// One buffer for each direction, which is written before it is filled again: who reads slowly is waited for. On the
// thread of its I/O; keeps itself alive until both ends are closed.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(std::unique_ptr<ClientStream> client, InnerStream server, const RelayLimits& limits);

  // `ended` is called once, later.
  void Start(std::function<void()> ended);

  // Closes both ends.
  void Cut();

  static constexpr size_t kBufferBytes = 32 << 10;

 private:
  using Bytes = std::array<char, kBufferBytes>;

  void ReadClient();
  void WriteServer(size_t from, size_t to);
  void ReadServer();
  void WriteClient(size_t from, size_t to);
  void EndClient();

  const std::unique_ptr<ClientStream> client_;
  InnerStream server_;
  const RelayLimits limits_;
  // For the one wait there is: a write to the client, or its goodbye.
  asio::steady_timer timer_;
  std::function<void()> ended_;
  Bytes inward_;
  Bytes outward_;
};

}  // namespace resource_broker::broker
