#include "broker_service/api/sessions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "broker_service/api/grpc_status.h"
#include "broker_service/faults/faults.h"
#include "broker_service/log.h"
#include "broker_service/text.h"

namespace resource_broker::broker {

void SendTo(SessionStream& stream, v1::SessionEvent event) {
  if (const absl::Status status = BeforeFaultPoint(FaultPoint::kBridgeEventSend); !status.ok()) {
    stream.End(ToGrpc(status));
    return;
  }
  stream.Send(std::move(event));
  AfterFaultPoint(FaultPoint::kBridgeEventSend);
}

Session::Session(std::string id, const v1::OpenSessionRequest& request)
    : id_(std::move(id)),
      process_id_(request.process_id()),
      node_(request.node()),
      component_(absl::StrCat(request.offer().component(), " ", request.offer().component_version())) {}

void Session::Deliver(v1::SessionEvent event) {
  std::shared_ptr<SessionStream> stream;
  {
    absl::MutexLock lock(&mu_);
    stream = stream_;
  }
  if (stream != nullptr) SendTo(*stream, std::move(event));
}

std::shared_ptr<SessionListener> Session::stream_listener() const {
  absl::MutexLock lock(&mu_);
  return stream_listener_;
}

void Session::Attach(const std::shared_ptr<SessionStream>& stream) {
  std::shared_ptr<SessionStream> older;
  {
    absl::MutexLock lock(&mu_);
    older = std::exchange(stream_, stream);
    stream_listener_ = std::make_shared<StreamListener>(stream);
  }
  if (older != nullptr) older->End(grpc::Status(grpc::StatusCode::ABORTED, "a newer Watch of this session has begun"));
}

bool Session::Detach(const SessionStream* stream) {
  std::shared_ptr<SessionStream> dropped;
  absl::MutexLock lock(&mu_);
  if (stream_.get() != stream) return false;
  dropped = std::move(stream_);
  stream_listener_ = nullptr;
  return true;
}

void Session::End(const grpc::Status& status) {
  std::shared_ptr<SessionStream> stream;
  {
    absl::MutexLock lock(&mu_);
    stream = stream_;
  }
  if (stream != nullptr) stream->End(status);
}

bool Session::connected() const {
  absl::MutexLock lock(&mu_);
  return stream_ != nullptr;
}

v1::SessionStatus Session::Status() const {
  v1::SessionStatus status;
  status.set_session_id(id_);
  status.set_process_id(process_id_);
  status.set_node(node_);
  status.set_component(component_);
  status.set_connected(connected());
  return status;
}

Sessions::Sessions(uint32_t max_sessions, absl::Duration grace, Timers* timers,
                   std::function<void(const std::string&)> on_end)
    : max_sessions_(max_sessions), grace_(grace), timers_(timers), on_end_(std::move(on_end)) {}

absl::Status Sessions::Open(const v1::OpenSessionRequest& request) {
  absl::MutexLock lock(&mu_);
  const auto found = sessions_.find(request.session_id());
  if (found != sessions_.end()) {
    if (found->second->process_id() != request.process_id()) {
      return absl::PermissionDeniedError("session_id: the session belongs to another process");
    }
    return absl::OkStatus();
  }
  if (sessions_.size() >= max_sessions_) {
    return absl::ResourceExhaustedError(absl::StrCat("limits.max_sessions: ", max_sessions_, " sessions are open"));
  }
  auto session = std::make_shared<Session>(request.session_id(), request);
  LogInfo("session ", Hex(session->id()), " of process ", session->process_id(), " on ", request.node(), " opened");
  StartGrace(session.get());
  sessions_.emplace(session->id(), std::move(session));
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<Session>> Sessions::Find(const std::string& id,
                                                        const std::optional<ipc::PeerIdentity>& caller) {
  absl::MutexLock lock(&mu_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) return absl::NotFoundError(absl::StrCat("session ", Hex(id), " is not open"));
  if (caller.has_value() && caller->process_id != 0 && caller->process_id != found->second->process_id()) {
    return absl::PermissionDeniedError("session_id: the session belongs to another process");
  }
  return found->second;
}

void Sessions::StartGrace(Session* session) {
  StopGrace(session);
  session->grace_timer_ = timers_->After(grace_, [weak = weak_from_this(), id = session->id()] {
    const auto sessions = weak.lock();
    if (sessions == nullptr) return;
    {
      absl::MutexLock lock(&sessions->mu_);
      const auto found = sessions->sessions_.find(id);
      if (found == sessions->sessions_.end() || found->second->connected()) return;
    }
    LogInfo("session ", Hex(id), " has had no connection for too long");
    sessions->Close(id);
  });
}

void Sessions::StopGrace(Session* session) { timers_->Cancel(std::exchange(session->grace_timer_, 0)); }

void Sessions::Attach(const std::shared_ptr<Session>& session, const std::shared_ptr<SessionStream>& stream) {
  {
    absl::MutexLock lock(&mu_);
    StopGrace(session.get());
  }
  session->Attach(stream);
}

void Sessions::Detach(const std::shared_ptr<Session>& session, const SessionStream* stream) {
  if (!session->Detach(stream)) return;
  absl::MutexLock lock(&mu_);
  if (sessions_.contains(session->id())) StartGrace(session.get());
}

void Sessions::Close(const std::string& id) {
  std::shared_ptr<Session> session;
  {
    absl::MutexLock lock(&mu_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return;
    session = std::move(found->second);
    StopGrace(session.get());
    sessions_.erase(found);
  }
  LogInfo("session ", Hex(id), " ended");
  session->End(grpc::Status(grpc::StatusCode::NOT_FOUND, "the session has ended"));
  ReachFaultPoint(FaultPoint::kBridgeSessionEnd);
  on_end_(id);
  AfterFaultPoint(FaultPoint::kBridgeSessionEnd);
}

void Sessions::EndStreams(const grpc::Status& status) {
  std::vector<std::shared_ptr<Session>> all;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [id, session] : sessions_) all.push_back(session);
  }
  for (const auto& session : all) session->End(status);
}

std::vector<v1::SessionStatus> Sessions::Status() const {
  std::vector<v1::SessionStatus> all;
  absl::MutexLock lock(&mu_);
  for (const auto& [id, session] : sessions_) all.push_back(session->Status());
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.process_id() < b.process_id(); });
  return all;
}

}  // namespace resource_broker::broker
