// One service on one local address.
#pragma once

#include <grpcpp/server.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "ipc/listener.h"

namespace grpc {
class Service;
}

namespace resource_broker::broker {

struct ApiServerOptions {
  std::string address;
  int max_connections = 128;
  absl::Duration first_byte = absl::Seconds(5);
  // See ipc::ListenOptions.
  std::function<size_t(size_t)> tap;
};

class ApiServer {
 public:
  // Serves `services`, which must outlive it, when it returns OK.
  static absl::StatusOr<std::unique_ptr<ApiServer>> Start(const ApiServerOptions& options,
                                                          const std::vector<grpc::Service*>& services);
  // Stop must have been called.
  ~ApiServer() = default;

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
