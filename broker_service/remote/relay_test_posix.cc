#include <gtest/gtest.h>
#include <sys/socket.h>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <string>

#include "broker_service/remote/relay.h"

namespace resource_broker::broker {
namespace {

using asio::ip::tcp;

constexpr std::chrono::seconds kPatience{60};

class RelayTest : public ::testing::Test {
 protected:
  RelayTest() {
    tcp::acceptor acceptor(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    client_.connect(acceptor.local_endpoint());
    client_.non_blocking(true);
    remote_ = acceptor.accept();
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    server_.assign(asio::local::stream_protocol(), ends[0]);
    inner_.assign(asio::local::stream_protocol(), ends[1]);
  }

  void Start(absl::Duration stall) {
    relay_ = std::make_shared<Relay>(PlainStream(std::move(remote_)), std::move(inner_),
                                     RelayLimits{stall, absl::Seconds(60)});
    relay_->Start([this] { ended_ = true; });
  }

  // Lets the server send until nothing more is taken; how much that was.
  size_t SendUntilBlocked(const std::string& bytes) {
    server_.non_blocking(true);
    size_t sent = 0;
    asio::error_code error;
    while (true) {
      // What can be moved on is.
      io_.restart();
      while (io_.poll() != 0) {
      }
      const size_t size = server_.write_some(asio::buffer(bytes), error);
      if (error == asio::error::would_block) return sent;
      EXPECT_FALSE(error) << error.message();
      if (error) return sent;
      sent += size;
    }
  }

  asio::io_context io_;
  tcp::socket client_{io_};
  tcp::socket remote_{io_};
  InnerStream server_{io_};
  InnerStream inner_{io_};
  std::shared_ptr<Relay> relay_;
  bool ended_ = false;
};

TEST_F(RelayTest, ReaderThatStops_HoldsOneBufferAndTheServerWaits) {
  Start(absl::Seconds(60));
  const std::string bytes(64 << 10, 'x');
  const size_t sent = SendUntilBlocked(bytes);
  // What the system holds for two sockets, and the relay one buffer: not what the server would like to send.
  EXPECT_LT(sent, 16U << 20);
  // All of it comes when it is read again.
  server_.close();
  size_t received = 0;
  std::string buffer(1 << 20, '\0');
  asio::error_code error;
  for (const auto until = std::chrono::steady_clock::now() + kPatience; std::chrono::steady_clock::now() < until;) {
    io_.restart();
    io_.poll();
    const size_t size = client_.read_some(asio::buffer(buffer), error);
    if (error == asio::error::eof) break;
    received += size;
  }
  EXPECT_EQ(error, asio::error::eof);
  EXPECT_EQ(received, sent);
  client_.close();
  io_.restart();
  io_.run_for(kPatience);
  EXPECT_TRUE(ended_);
}

TEST_F(RelayTest, ReaderThatStopsForTooLong_IsCut) {
  Start(absl::Milliseconds(20));
  SendUntilBlocked(std::string(64 << 10, 'x'));
  io_.restart();
  io_.run_for(kPatience);
  EXPECT_TRUE(ended_);
}

TEST_F(RelayTest, ClientThatCloses_IsTheEndForTheServer) {
  Start(absl::Seconds(60));
  client_.close();
  io_.run_for(kPatience);
  EXPECT_TRUE(ended_);
  server_.non_blocking(false);
  char byte = 0;
  asio::error_code error;
  server_.read_some(asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, asio::error::eof);
}

}  // namespace
}  // namespace resource_broker::broker
