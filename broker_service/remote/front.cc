#include "broker_service/remote/front.h"

#include <array>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <map>
#include <thread>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "broker_service/access/access_rules.h"
#include "broker_service/log.h"
#include "broker_service/remote/client_stream.h"
#include "broker_service/remote/exclusive_bind.h"
#include "broker_service/remote/inner_stream.h"
#include "broker_service/remote/relay.h"
#include "broker_service/text.h"
#include "broker_service/thread_priority.h"

namespace resource_broker::broker {
namespace {

using asio::ip::tcp;

// How long accepting rests while the system lacks descriptors or memory.
constexpr std::chrono::milliseconds kAcceptRetry{100};

std::string TextOf(const tcp::endpoint& endpoint) {
  asio::ip::address address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return TcpAddressText(address.to_string(), endpoint.port());
}

absl::Status Failed(const TcpAddress& address, const asio::error_code& error) {
  const absl::StatusCode code = error == asio::error::address_in_use  ? absl::StatusCode::kAlreadyExists
                                : error == asio::error::access_denied ? absl::StatusCode::kPermissionDenied
                                                                      : absl::StatusCode::kUnavailable;
  return absl::Status(
      code, absl::StrCat("can't listen on ", TcpAddressText(address.host, address.port), ": ", error.message()));
}

// A client of which it is not known yet who it is. Whom it refuses it lets read why, and ends within the deadline.
class Arrival : public std::enable_shared_from_this<Arrival> {
 public:
  Arrival(std::unique_ptr<ClientStream> stream, std::string from)
      : stream_(std::move(stream)), from_(std::move(from)), deadline_(stream_->socket().get_executor()) {}

  // `known` is called once; `gone` once, when nothing is left of it here.
  void Start(absl::Duration limit, std::function<void(Arrival*, absl::StatusOr<PeerNames>)> known,
             std::function<void()> gone) {
    known_ = std::move(known);
    gone_ = std::move(gone);
    deadline_.expires_after(absl::ToChronoNanoseconds(limit));
    deadline_.async_wait([self = shared_from_this(), limit](asio::error_code cancelled) {
      if (!cancelled)
        self->End(absl::StrCat("timeouts.tlsHandshakeMs: the TLS handshake was not over within ",
                               absl::FormatDuration(limit)));
    });
    stream_->Greet([self = shared_from_this()](absl::StatusOr<PeerNames> names) {
      if (!self->known_) return;
      std::exchange(self->known_, nullptr)(self.get(), std::move(names));
    });
  }

  const std::string& from() const { return from_; }

  std::unique_ptr<ClientStream> TakeStream() {
    deadline_.cancel();
    Leave();
    return std::move(stream_);
  }

  // What was said to the client so far is on its way; closing at once would take it back.
  void Refuse() {
    asio::error_code ignored;
    stream_->socket().shutdown(tcp::socket::shutdown_send, ignored);
    Drain();
  }

  // With the reason, unless it needs none.
  void End(const std::string& why) {
    const auto known = std::exchange(known_, nullptr);
    if (known && !why.empty()) known(this, absl::UnauthenticatedError(why));
    deadline_.cancel();
    if (stream_ != nullptr) stream_->Close();
    Leave();
  }

 private:
  void Drain() {
    stream_->socket().async_read_some(asio::buffer(drained_),
                                      [self = shared_from_this()](asio::error_code error, size_t) {
                                        if (self->stream_ == nullptr) return;
                                        if (error) return self->End("");
                                        self->Drain();
                                      });
  }
  void Leave() {
    if (gone_) std::exchange(gone_, nullptr)();
  }

  std::unique_ptr<ClientStream> stream_;
  const std::string from_;
  asio::steady_timer deadline_;
  std::function<void(Arrival*, absl::StatusOr<PeerNames>)> known_;
  std::function<void()> gone_;
  std::array<char, 1024> drained_;
};

}  // namespace

// Lives on its thread, but for Open, Call and Join.
class Front::State {
 public:
  explicit State(const FrontOptions& options)
      : options_(options), work_(io_.get_executor()), acceptor_(io_), accept_retry_(io_) {}

  absl::StatusOr<std::string> Open() {
    asio::error_code error;
    const tcp::endpoint endpoint(asio::ip::make_address(options_.address.host, error), options_.address.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) error = BindExclusively(&acceptor_);
    if (!error && endpoint.address().is_v6()) acceptor_.set_option(asio::ip::v6_only(false), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    tcp::endpoint bound;
    if (!error) bound = acceptor_.local_endpoint(error);
    if (error) return Failed(options_.address, error);
    thread_ = std::thread([this] {
      LowerThreadPriority();
      io_.run();
    });
    asio::post(io_, [this] { Accept(); });
    return TextOf(bound);
  }

  // Runs `task` on the thread, and waits for it.
  void Call(const std::function<void()>& task) {
    absl::Notification done;
    asio::post(io_, [&] {
      task();
      done.Notify();
    });
    done.WaitForNotification();
  }

  void StopListening() {
    asio::error_code ignored;
    acceptor_.close(ignored);
    accept_retry_.cancel();
    const auto arrivals = arrivals_;
    for (const auto& arrival : arrivals) arrival->End("");
  }

  void CutAll() {
    const auto relays = relays_;
    for (const auto& relay : relays) relay->Cut();
  }

  void Join() {
    work_.reset();
    thread_.join();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](asio::error_code error, tcp::socket socket) {
      if (!acceptor_.is_open()) return;
      if (!error) {
        Take(std::move(socket));
        return Accept();
      }
      // A client that left before it was taken, or a system without descriptors.
      accept_retry_.expires_after(kAcceptRetry);
      accept_retry_.async_wait([this](asio::error_code cancelled) {
        if (!cancelled && acceptor_.is_open()) Accept();
      });
    });
  }

  void Take(tcp::socket socket) {
    asio::error_code error;
    const std::string from = TextOf(socket.remote_endpoint(error));
    if (error) return;
    socket.set_option(tcp::no_delay(true), error);
    socket.set_option(asio::socket_base::keep_alive(true), error);
    if (arrivals_.size() >= options_.max_handshakes) {
      return Refused(from, "", TooMany("limits.maxHandshakes", options_.max_handshakes));
    }
    if (relays_.size() >= options_.max_connections) {
      return Refused(from, "", TooMany("limits.maxRemoteConnections", options_.max_connections));
    }
    std::unique_ptr<ClientStream> stream;
    if (options_.tls == nullptr) {
      stream = PlainStream(std::move(socket));
    } else {
      auto made = TlsStream(std::move(socket), *options_.tls->Current());
      if (!made.ok()) return Refused(from, "", made.status());
      stream = *std::move(made);
    }
    const auto arrival = std::make_shared<Arrival>(std::move(stream), from);
    arrivals_.insert(arrival);
    arrival->Start(
        options_.handshake,
        [this](Arrival* known, absl::StatusOr<PeerNames> names) { OnKnown(known, std::move(names)); },
        [this, arrival] { arrivals_.erase(arrival); });
  }

  void OnKnown(Arrival* arrival, absl::StatusOr<PeerNames> names) {
    std::string identity;
    absl::Status status = names.status();
    if (status.ok()) {
      identity = options_.tls == nullptr ? absl::StrCat("plaintext ", arrival->from()) : IdentityOf(*names);
      status = Admit(arrival, identity, *std::move(names));
    }
    if (status.ok()) return;
    Refused(arrival->from(), identity, status);
    arrival->Refuse();
  }

  absl::Status Admit(Arrival* arrival, const std::string& identity, PeerNames names) {
    if (relays_.size() >= options_.max_connections) {
      return TooMany("limits.maxRemoteConnections", options_.max_connections);
    }
    const auto of_identity = per_identity_.find(identity);
    if (of_identity != per_identity_.end() && of_identity->second >= options_.max_per_identity) {
      return TooMany("limits.maxConnectionsPerIdentity", options_.max_per_identity);
    }
    const absl::StatusOr<ipc::InnerConnection> inner = options_.inner->Connect();
    if (!inner.ok()) return inner.status();
    InnerStream server(io_);
    asio::error_code error;
    AssignInner(inner->stream, &server, error);
    if (error) {
      ipc::CloseInner(*inner);
      return absl::ResourceExhaustedError(error.message());
    }
    options_.callers->Add(inner->label, {identity, arrival->from(), std::move(names), options_.tls == nullptr});
    const auto relay =
        std::make_shared<Relay>(arrival->TakeStream(), std::move(server), RelayLimits{options_.stall, options_.linger});
    relays_.insert(relay);
    ++per_identity_[identity];
    relay->Start([this, relay, identity, label = inner->label] {
      options_.callers->Remove(label);
      const auto count = per_identity_.find(identity);
      if (--count->second == 0) per_identity_.erase(count);
      relays_.erase(relay);
    });
    return absl::OkStatus();
  }

  static absl::Status TooMany(const char* key, size_t limit) {
    return absl::ResourceExhaustedError(absl::StrCat(key, ": ", limit, " are there already"));
  }

  void Refused(const std::string& from, const std::string& identity, const absl::Status& why) {
    v1::AuditRecord record;
    record.set_identity(CutText(identity, kMaxMessageBytes));
    record.set_from(from);
    record.set_method("connect");
    record.set_code(static_cast<uint32_t>(why.code()));
    record.set_message(CutText(std::string(why.message()), kMaxMessageBytes));
    options_.audit->AddRefused(std::move(record));
  }

  const FrontOptions options_;
  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_retry_;
  std::unordered_set<std::shared_ptr<Arrival>> arrivals_;
  std::unordered_set<std::shared_ptr<Relay>> relays_;
  std::map<std::string, size_t> per_identity_;
  std::thread thread_;
};

absl::StatusOr<std::unique_ptr<Front>> Front::Listen(const FrontOptions& options) {
  auto state = std::make_unique<State>(options);
  absl::StatusOr<std::string> address = state->Open();
  if (!address.ok()) return address.status();
  std::unique_ptr<Front> front(new Front(std::move(state)));
  front->address_ = *std::move(address);
  return front;
}

Front::Front(std::unique_ptr<State> state) : state_(std::move(state)) {}

Front::~Front() { Stop(); }

void Front::StopListening() {
  state_->Call([this] { state_->StopListening(); });
}

void Front::Stop() {
  if (stopped_) return;
  stopped_ = true;
  state_->Call([this] {
    state_->StopListening();
    state_->CutAll();
  });
  state_->Join();
}

}  // namespace resource_broker::broker
