#include "broker_service/remote/relay.h"

#include <utility>

namespace resource_broker::broker {

Relay::Relay(std::unique_ptr<ClientStream> client, InnerStream server, const RelayLimits& limits)
    : client_(std::move(client)), server_(std::move(server)), limits_(limits), timer_(server_.get_executor()) {}

void Relay::Start(std::function<void()> ended) {
  ended_ = std::move(ended);
  ReadClient();
  ReadServer();
}

void Relay::Cut() {
  if (!ended_) return;
  client_->Close();
  asio::error_code ignored;
  server_.close(ignored);
  timer_.cancel();
  std::exchange(ended_, nullptr)();
}

void Relay::ReadClient() {
  client_->Read(asio::buffer(inward_), [self = shared_from_this()](asio::error_code error, size_t bytes) {
    if (error) return self->Cut();
    self->WriteServer(0, bytes);
  });
}

void Relay::WriteServer(size_t from, size_t to) {
  server_.async_write_some(asio::buffer(inward_.data() + from, to - from),
                           [self = shared_from_this(), from, to](asio::error_code error, size_t bytes) {
                             // What the server still has to say comes by ReadServer.
                             if (error) return;
                             if (from + bytes < to) return self->WriteServer(from + bytes, to);
                             self->ReadClient();
                           });
}

void Relay::ReadServer() {
  server_.async_read_some(asio::buffer(outward_), [self = shared_from_this()](asio::error_code error, size_t bytes) {
    // It may have been cut since these bytes were read; a timer begun now would outlive it.
    if (!self->ended_) return;
    if (error) return self->EndClient();
    self->timer_.expires_after(absl::ToChronoNanoseconds(self->limits_.stall));
    self->timer_.async_wait([self](asio::error_code cancelled) {
      if (!cancelled) self->Cut();
    });
    self->WriteClient(0, bytes);
  });
}

void Relay::WriteClient(size_t from, size_t to) {
  client_->Write(asio::buffer(outward_.data() + from, to - from),
                 [self = shared_from_this(), from, to](asio::error_code error, size_t bytes) {
                   if (error) return self->Cut();
                   if (from + bytes < to) return self->WriteClient(from + bytes, to);
                   self->timer_.cancel();
                   self->ReadServer();
                 });
}

void Relay::EndClient() {
  if (!ended_) return;
  timer_.expires_after(absl::ToChronoNanoseconds(limits_.linger));
  timer_.async_wait([self = shared_from_this()](asio::error_code cancelled) {
    if (!cancelled) self->Cut();
  });
  // ReadClient goes on, and sees the client close.
  client_->End([self = shared_from_this()](asio::error_code, size_t) {});
}

}  // namespace resource_broker::broker
