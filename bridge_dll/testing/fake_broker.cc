#include "bridge_dll/testing/fake_broker.h"

#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "resource_broker/v1/win32_codes.h"

namespace resource_broker::bridge::testing {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(10);

std::string NextInstance() {
  static std::atomic<int> count{0};
  return absl::StrCat("instance ", 1000000 + ++count);
}

}  // namespace

FakeBroker::FakeBroker(const std::string& address, Journal journal)
    : instance_(NextInstance()), journal_(std::move(journal)) {
  grpc::ServerBuilder builder;
  builder.RegisterService(this);
  auto listener = ipc::Listener::Add(&builder, address, {});
  EXPECT_TRUE(listener.ok()) << listener.status();
  listener_ = *std::move(listener);
  server_ = builder.BuildAndStart();
  const absl::Status started = listener_->Start();
  EXPECT_TRUE(started.ok()) << started;
}

FakeBroker::~FakeBroker() { Kill(); }

Journal FakeBroker::Kill() {
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  if (server_ != nullptr) {
    listener_->Stop();
    server_->Shutdown(std::chrono::system_clock::now());
    server_.reset();
    listener_.reset();
  }
  absl::MutexLock lock(&mutex_);
  return journal_;
}

uint64_t FakeBroker::Append(const std::string& operation_id, v1::Event event) {
  absl::MutexLock lock(&mutex_);
  std::vector<v1::Event>& events = journal_[operation_id];
  event.set_sequence(events.size() + 1);
  events.push_back(event);
  v1::SessionEvent news;
  news.mutable_operation()->set_operation_id(operation_id);
  *news.mutable_operation()->mutable_event() = event;
  outbox_.push_back(std::move(news));
  return event.sequence();
}

uint64_t FakeBroker::Emit(const std::string& operation_id, v1::EventKind kind, const std::string& message) {
  v1::Event event;
  event.set_kind(kind);
  event.set_message(message);
  return Append(operation_id, std::move(event));
}

uint64_t FakeBroker::End(const std::string& operation_id, v1::EventKind kind, v1::FinalReport report) {
  v1::Event event;
  event.set_kind(kind);
  *event.mutable_final() = std::move(report);
  return Append(operation_id, std::move(event));
}

void FakeBroker::Send(v1::SessionEvent event) {
  absl::MutexLock lock(&mutex_);
  outbox_.push_back(std::move(event));
}

void FakeBroker::BreakWatch() {
  absl::MutexLock lock(&mutex_);
  watch_broken_ = true;
}

template <typename T>
std::vector<T> FakeBroker::Await(const std::vector<T>& list, size_t count) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [&list, count] { return list.size() >= count; };
  mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
  return list;
}

std::vector<v1::OpenSessionRequest> FakeBroker::sessions(size_t count) { return Await(sessions_, count); }
std::vector<v1::OpenResourceRequest> FakeBroker::opened(size_t count) { return Await(opened_, count); }
std::vector<v1::StartOperationRequest> FakeBroker::started(size_t count) { return Await(started_, count); }
std::vector<v1::TerminateResourceRequest> FakeBroker::terminated(size_t count) { return Await(terminated_, count); }
std::vector<v1::CancelOperationRequest> FakeBroker::cancelled(size_t count) { return Await(cancelled_, count); }
std::vector<v1::CloseResourceRequest> FakeBroker::closed(size_t count) { return Await(closed_, count); }
std::vector<std::string> FakeBroker::order() { return Await(order_, 0); }

grpc::Status FakeBroker::OpenSession(grpc::ServerContext*, const v1::OpenSessionRequest* request,
                                     v1::OpenSessionResponse* response) {
  response->mutable_choice()->set_version(version);
  response->set_broker_instance(instance_);
  response->set_max_in_buffer_bytes(max_in_buffer_bytes);
  grpc::Status status = on_session != nullptr ? on_session(*request, response) : grpc::Status::OK;
  absl::MutexLock lock(&mutex_);
  sessions_.push_back(*request);
  return status;
}

grpc::Status FakeBroker::Watch(grpc::ServerContext* context, const v1::WatchRequest*,
                               grpc::ServerWriter<v1::SessionEvent>* writer) {
  v1::SessionEvent started;
  started.mutable_started();
  writer->Write(started);
  absl::MutexLock lock(&mutex_);
  watch_broken_ = false;
  while (true) {
    const auto news = [this]()
                          ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !outbox_.empty() || ended_ || watch_broken_; };
    // Looks now and then whether the client is still there.
    mutex_.AwaitWithTimeout(absl::Condition(&news), absl::Milliseconds(200));
    if (ended_ || context->IsCancelled()) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "the broker ends");
    if (watch_broken_) return grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED, "too slow");
    while (!outbox_.empty()) {
      const v1::SessionEvent event = std::move(outbox_.front());
      outbox_.pop_front();
      mutex_.Unlock();
      writer->Write(event);
      mutex_.Lock();
    }
  }
}

grpc::Status FakeBroker::OpenResource(grpc::ServerContext*, const v1::OpenResourceRequest* request,
                                      v1::OpenResourceResponse* response) {
  response->set_state(v1::RESOURCE_OFFLINE);
  grpc::Status status = on_open != nullptr ? on_open(*request, response) : grpc::Status::OK;
  absl::MutexLock lock(&mutex_);
  opened_.push_back(*request);
  order_.push_back(absl::StrCat("open ", request->resource()));
  return status;
}

grpc::Status FakeBroker::CloseResource(grpc::ServerContext*, const v1::CloseResourceRequest* request,
                                       v1::CloseResourceResponse*) {
  absl::MutexLock lock(&mutex_);
  closed_.push_back(*request);
  order_.push_back(absl::StrCat("close ", request->resource()));
  return grpc::Status::OK;
}

grpc::Status FakeBroker::StartOperation(grpc::ServerContext*, const v1::StartOperationRequest* request,
                                        v1::StartOperationResponse* response) {
  const std::string& id = request->operation().id();
  bool is_new = false;
  {
    absl::MutexLock lock(&mutex_);
    started_.push_back(*request);
    order_.push_back(absl::StrCat("start ", request->operation().resource()));
  }
  if (on_start != nullptr) {
    grpc::Status status = on_start(*request);
    if (!status.ok()) return status;
  }
  {
    absl::MutexLock lock(&mutex_);
    std::vector<v1::Event>& events = journal_[id];
    is_new = events.empty();
    if (is_new && request->last_sequence() > 0) {
      // Known to the bridge, unknown here: the journal is lost.
      v1::Event lost;
      lost.set_sequence(request->last_sequence() + 1);
      lost.set_kind(v1::FAILED);
      lost.mutable_final()->set_state(v1::RESOURCE_FAILED);
      lost.mutable_final()->set_win32_code(win32::kProcessAborted);
      *response->add_events() = lost;
      return grpc::Status::OK;
    }
    if (is_new) {
      v1::Event accepted;
      accepted.set_sequence(1);
      accepted.set_kind(v1::ACCEPTED);
      events.push_back(accepted);
    }
    for (const v1::Event& event : events) {
      if (event.sequence() > request->last_sequence()) *response->add_events() = event;
    }
  }
  if (is_new && on_accepted != nullptr) on_accepted(request->operation());
  return grpc::Status::OK;
}

grpc::Status FakeBroker::CancelOperation(grpc::ServerContext*, const v1::CancelOperationRequest* request,
                                         v1::CancelOperationResponse*) {
  absl::MutexLock lock(&mutex_);
  cancelled_.push_back(*request);
  return grpc::Status::OK;
}

grpc::Status FakeBroker::TerminateResource(grpc::ServerContext*, const v1::TerminateResourceRequest* request,
                                           v1::TerminateResourceResponse*) {
  {
    absl::MutexLock lock(&mutex_);
    terminated_.push_back(*request);
    order_.push_back(absl::StrCat("terminate ", request->resource()));
  }
  if (on_terminate != nullptr) on_terminate(*request);
  return grpc::Status::OK;
}

grpc::Status FakeBroker::CheckHealth(grpc::ServerContext*, const v1::CheckHealthRequest* request,
                                     v1::CheckHealthResponse* response) {
  response->set_health(v1::ALIVE);
  return on_health != nullptr ? on_health(*request, response) : grpc::Status::OK;
}

grpc::Status FakeBroker::ControlResource(grpc::ServerContext*, const v1::ControlResourceRequest* request,
                                         v1::ControlResponse* response) {
  response->set_win32_code(win32::kInvalidFunction);
  return on_control != nullptr ? on_control(request->control(), response) : grpc::Status::OK;
}

grpc::Status FakeBroker::ControlResourceType(grpc::ServerContext*, const v1::ControlResourceTypeRequest* request,
                                             v1::ControlResponse* response) {
  response->set_win32_code(win32::kInvalidFunction);
  return on_control != nullptr ? on_control(request->control(), response) : grpc::Status::OK;
}

}  // namespace resource_broker::bridge::testing
