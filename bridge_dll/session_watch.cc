#include "bridge_dll/session_watch.h"

#include <utility>

#include "bridge_dll/broker_session.h"
#include "bridge_dll/guard.h"

namespace resource_broker::bridge {

SessionWatch::SessionWatch(std::shared_ptr<BrokerSession> session) : session_(std::move(session)) {}

void SessionWatch::Start(const std::shared_ptr<SessionWatch>& watch, BridgeStub* stub, const std::string& session_id) {
  watch->self_ = watch;
  watch->request_.set_session_id(session_id);
  stub->async()->Watch(&watch->context_, &watch->request_, watch.get());
  watch->StartRead(&watch->event_);
  watch->StartCall();
}

void SessionWatch::OnReadDone(bool ok) {
  if (!ok) return;  // OnDone follows
  Contain([this] { session_->Watched(this, std::exchange(event_, {})); });
  StartRead(&event_);
}

void SessionWatch::OnDone(const grpc::Status& status) {
  const std::shared_ptr<SessionWatch> self = std::move(self_);
  Contain([&] { session_->WatchEnded(this, status); });
}

}  // namespace resource_broker::bridge
