#include "broker_service/metrics/metrics_server.h"

#include <prometheus/exposer.h>

#include <exception>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"

namespace resource_broker::broker {

absl::StatusOr<std::unique_ptr<MetricsServer>> MetricsServer::Start(
    const std::string& address, const std::vector<std::shared_ptr<prometheus::Collectable>>& sources) {
  std::unique_ptr<MetricsServer> server(new MetricsServer());
  server->sources_ = sources;
  try {
    // civetweb tells of an address it can't have by an exception; it ends here.
    server->exposer_ = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
        "listening_ports", address, "num_threads", "2", "request_timeout_ms", "5000", "max_request_size", "8192"});
  } catch (const std::exception& fault) {
    return absl::UnavailableError(absl::StrCat("metrics.address: ", address, " can't be served: ", fault.what()));
  }
  for (const auto& source : sources) server->exposer_->RegisterCollectable(source);
  LogInfo("metrics at http://", address, "/metrics, port ", server->port());
  return server;
}

MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const {
  const std::vector<int> ports = exposer_->GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

}  // namespace resource_broker::broker
