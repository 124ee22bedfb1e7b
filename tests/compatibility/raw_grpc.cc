#include "tests/compatibility/raw_grpc.h"

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>

#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace resource_broker::compatibility {
namespace {

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

grpc::ByteBuffer BufferOf(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

grpc::Status CallRaw(const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                     const std::string& method, const std::string& request,
                     const std::function<void(std::string answer)>& on_answer) {
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  // One thing at a time is under way.
  const auto done = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto call = stub.PrepareCall(context, method, &queue);
  call->StartCall(nullptr);
  if (done()) {
    call->WriteLast(BufferOf(request), grpc::WriteOptions(), nullptr);
    if (done()) {
      grpc::ByteBuffer answer;
      for (call->Read(&answer, nullptr); done(); call->Read(&answer, nullptr)) on_answer(BytesOf(answer));
    }
  }
  grpc::Status status;
  call->Finish(&status, nullptr);
  done();
  return status;
}

RawCall* RawCall::Begin(std::string method, const Handler* handler) {
  auto call = std::make_shared<RawCall>(std::move(method), handler);
  call->self_ = call;
  call->StartRead(&call->request_);
  return call.get();
}

void RawCall::OnReadDone(bool ok) {
  if (!ok) {
    End(grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "no request"));
    return;
  }
  (*handler_)(shared_from_this(), BytesOf(request_));
}

void RawCall::Answer(std::string message) {
  absl::MutexLock lock(&mutex_);
  answers_.push_back(std::move(message));
  Continue();
}

void RawCall::End(grpc::Status status) {
  absl::MutexLock lock(&mutex_);
  if (end_ == nullptr) end_ = std::make_unique<grpc::Status>(std::move(status));
  Continue();
}

void RawCall::Continue() {
  if (writing_ || finished_) return;
  if (!answers_.empty()) {
    writing_ = true;
    written_ = BufferOf(answers_.front());
    answers_.pop_front();
    StartWrite(&written_);
  } else if (end_ != nullptr) {
    finished_ = true;
    Finish(*end_);
  }
}

void RawCall::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) {
    // The caller is gone.
    answers_.clear();
    if (end_ == nullptr) end_ = std::make_unique<grpc::Status>(grpc::StatusCode::CANCELLED, "the caller is gone");
  }
  Continue();
}

void RawCall::OnDone() {
  const std::shared_ptr<RawCall> last = std::move(self_);
  absl::MutexLock lock(&mutex_);
  finished_ = true;
}

absl::StatusOr<std::unique_ptr<RawServer>> RawServer::Start(const std::string& address, RawCall::Handler handler) {
  std::unique_ptr<RawServer> raw(new RawServer(std::move(handler)));
  grpc::ServerBuilder builder;
  builder.RegisterCallbackGenericService(raw.get());
  absl::StatusOr<std::unique_ptr<ipc::Listener>> listener = ipc::Listener::Add(&builder, address, {});
  if (!listener.ok()) return listener.status();
  raw->listener_ = *std::move(listener);
  raw->server_ = builder.BuildAndStart();
  if (raw->server_ == nullptr) return absl::UnavailableError("the gRPC server does not start");
  if (absl::Status status = raw->listener_->Start(); !status.ok()) return status;
  return raw;
}

grpc::ServerGenericBidiReactor* RawServer::CreateReactor(grpc::GenericCallbackServerContext* context) {
  return RawCall::Begin(context->method(), &handler_);
}

}  // namespace resource_broker::compatibility
