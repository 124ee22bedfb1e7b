// /metrics over HTTP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace prometheus {
class Collectable;
class Exposer;
}  // namespace prometheus

namespace resource_broker::broker {

// Answers GET /metrics in Prometheus's text form, on threads of its own. What is read of a client is bounded in size
// and time.
class MetricsServer {
 public:
  // Serves what `sources` have when it returns OK. `address` is "host:port"; port 0 takes a free one. Unavailable names
  // the address.
  static absl::StatusOr<std::unique_ptr<MetricsServer>> Start(
      const std::string& address, const std::vector<std::shared_ptr<prometheus::Collectable>>& sources);
  ~MetricsServer();

  int port() const;

 private:
  MetricsServer() = default;

  // Both must live as long as they are asked.
  std::vector<std::shared_ptr<prometheus::Collectable>> sources_;
  std::unique_ptr<prometheus::Exposer> exposer_;
};

}  // namespace resource_broker::broker
