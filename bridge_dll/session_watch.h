// The stream by which a broker tells a session everything.
#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <memory>
#include <string>

#include "bridge_dll/bridge_call.h"

namespace resource_broker::bridge {

class BrokerSession;

// One Watch call; a session makes a new one for each attachment. Keeps itself and the session alive until it has ended.
class SessionWatch : public grpc::ClientReadReactor<v1::SessionEvent> {
 public:
  // Call without the session's lock.
  static void Start(const std::shared_ptr<SessionWatch>& watch, BridgeStub* stub, const std::string& session_id);

  explicit SessionWatch(std::shared_ptr<BrokerSession> session);

  // Ends it early; the session hears of it as of any end. Call without a lock.
  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  const std::shared_ptr<BrokerSession> session_;
  std::shared_ptr<SessionWatch> self_;
  grpc::ClientContext context_;
  v1::WatchRequest request_;
  v1::SessionEvent event_;
};

}  // namespace resource_broker::bridge
