// Accepts the clients of a Unix domain socket and lets through those that may be served.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <unordered_map>

#include "absl/status/status.h"
#include "ipc/bound_socket_posix.h"
#include "ipc/peer.h"
#include "ipc/unique_fd_posix.h"

namespace resource_broker::ipc {

// One thread that asks who each client is, waits for what HTTP/2 begins with, counts connections, and gives those that
// pass to a server. It holds a second descriptor of each connection, only to see it end.
class AcceptLoop {
 public:
  struct Options {
    PeerCheck authorize;
    // Told why a client was dropped; may be empty.
    std::function<void(const absl::Status&)> on_dropped;
    int max_connections = 1;
    std::chrono::milliseconds first_byte_timeout{1};
  };
  // Takes a connection; called on the loop's thread.
  using Sink = std::function<void(UniqueFd)>;

  AcceptLoop(BoundSocket socket, Options options, Sink sink);
  // Stops accepting, drops clients that did not begin HTTP/2 yet, removes the socket. Connections given away stay.
  ~AcceptLoop();
  AcceptLoop(const AcceptLoop&) = delete;
  AcceptLoop& operator=(const AcceptLoop&) = delete;

  // Call once, before anything else.
  absl::Status Start();

 private:
  using Clock = std::chrono::steady_clock;

  // A client that has not begun HTTP/2 yet.
  struct Silent {
    UniqueFd fd;
    Clock::time_point deadline;
  };

  void Run();
  int MillisecondsToNextTimer() const;
  void AcceptAll();
  void Admit(UniqueFd fd);
  void OnEvent(uint64_t id, uint32_t events);
  void Serve(UniqueFd fd, uint64_t id);
  void DropSilent();
  bool Watch(int fd, uint64_t id, uint32_t events);
  void Report(const absl::Status& reason) const;

  const Options options_;
  const Sink sink_;
  BoundSocket socket_;
  UniqueFd epoll_;
  UniqueFd stop_;
  std::thread thread_;

  // The rest is touched only by the thread.
  bool stopping_ = false;
  uint64_t next_id_ = 0;
  // By id, hence in the order of their deadlines.
  std::map<uint64_t, Silent> silent_;
  // Our second descriptors of the connections that were given away.
  std::unordered_map<uint64_t, UniqueFd> served_;
  // Accepting rests while the system lacks descriptors or memory.
  Clock::time_point resume_accepting_{};
  bool accepting_ = true;
};

}  // namespace resource_broker::ipc
