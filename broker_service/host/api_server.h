// One service on one local address.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/remote/insight.h"
#include "ipc/listener.h"

namespace grpc {
class Service;
}

namespace resource_broker::broker {

struct ApiServerOptions {
  std::string address;
  Insight insight = Insight::kNone;
  int max_connections = 128;
  absl::Duration first_byte = absl::Seconds(5);
  // See ipc::ListenOptions.
  std::function<size_t(size_t)> tap;
  // Told of each client that may connect, while it is connected; on an I/O thread, so it must not block. May be empty.
  std::function<void(const ipc::PeerIdentity&)> on_client;
};

class ApiServer {
 public:
  // Serves `services`, which must outlive it, when it returns OK.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(const ApiServerOptions& options,
                                                          const std::vector<grpc::Service*>& services);
  // Stop must have been called.
  ~ApiServer() = default;

  // See grpc.health.v1.
  void SetServing(bool serving) { broker::SetServing(server_.get(), serving); }
  // No new clients.
  void StopListening() { listener_->Stop(); }
  // Ends calls that are under way after `limit`.
  void Stop(absl::Duration limit);

 private:
  ApiServer() = default;

  std::unique_ptr<ipc::Listener> listener_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace resource_broker::broker
