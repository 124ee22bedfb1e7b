// A whole broker on real pipes or sockets, and a client of it.
#pragma once

#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/api/testing/recording_door.h"
#include "broker_service/host/broker.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "resource_broker/v1/admin.grpc.pb.h"
#include "resource_broker/v1/bridge.grpc.pb.h"

namespace resource_broker::broker::testing {

// No test waits so long unless it fails.
inline constexpr absl::Duration kPatience = absl::Seconds(60);

// A context with a deadline, so that no test hangs.
std::unique_ptr<grpc::ClientContext> Context();

// Reads one stream on a thread of its own and keeps what came.
template <typename Message>
class StreamReader {
 public:
  template <typename Stub, typename Request>
  StreamReader(Stub* stub,
               std::unique_ptr<grpc::ClientReader<Message>> (Stub::*call)(grpc::ClientContext*, const Request&),
               const Request& request)
      : context_(Context()), reader_((stub->*call)(context_.get(), request)), thread_([this] { Read(); }) {}
  ~StreamReader() {
    context_->TryCancel();
    thread_.join();
  }

  // The first `count` messages.
  std::vector<Message> Await(size_t count) {
    absl::MutexLock lock(&mu_);
    const auto enough = [&] { return messages_.size() >= count || ended_; };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&enough), kPatience));
    EXPECT_GE(messages_.size(), count) << status_.error_message();
    return messages_;
  }
  template <typename Predicate>
  std::vector<Message> AwaitOne(const Predicate& wanted) {
    absl::MutexLock lock(&mu_);
    const auto found = [&] {
      for (const Message& message : messages_) {
        if (wanted(message)) return true;
      }
      return ended_;
    };
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&found), kPatience));
    return messages_;
  }
  grpc::Status AwaitEnd() {
    absl::MutexLock lock(&mu_);
    EXPECT_TRUE(mu_.AwaitWithTimeout(absl::Condition(&ended_), kPatience));
    return status_;
  }
  // Reading pauses while this is held.
  absl::Mutex* pause() ABSL_LOCK_RETURNED(pause_) { return &pause_; }

 private:
  void Read() {
    Message message;
    while (true) {
      { absl::MutexLock wait(&pause_); }
      if (!reader_->Read(&message)) break;
      absl::MutexLock lock(&mu_);
      messages_.push_back(message);
    }
    grpc::Status status = reader_->Finish();
    absl::MutexLock lock(&mu_);
    status_ = std::move(status);
    ended_ = true;
  }

  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<Message>> reader_;
  absl::Mutex pause_;
  absl::Mutex mu_;
  std::vector<Message> messages_ ABSL_GUARDED_BY(mu_);
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mu_);
  std::thread thread_;
};

using SessionReader = StreamReader<v1::SessionEvent>;
using WatchReader = StreamReader<v1::WatchedEvent>;

class BrokerTest : public ::testing::Test {
 protected:
  // With modules "m" (good) and "bad" (ends at once). Not started.
  BrokerTest();
  ~BrokerTest() override;

  void Start();
  void Stop();

  // Opens the session and its stream, and waits until nothing is missed from here on.
  void OpenSession();
  grpc::Status OpenResource(const std::string& resource, const std::string& module = "m");
  v1::StartOperationRequest Operation(const std::string& resource, const std::string& action,
                                      v1::OperationKind kind = v1::OFFLINE) const;
  grpc::Status StartOperation(const v1::StartOperationRequest& request, v1::StartOperationResponse* response);
  // Starts it and waits for its end; every event, as the bridge sees them.
  std::vector<v1::Event> RunToEnd(const v1::StartOperationRequest& request);
  v1::GetStatusResponse GetStatus();

  TemporaryFolder folder_;
  v1::BrokerConfig config_;
  // As of Broker; there is none unless the test makes it.
  std::filesystem::path config_file_ = folder_.path() / "broker.json";
  RecordingDoor door_;
  // The channel of administrators.
  std::shared_ptr<grpc::Channel> admin_channel_;
  std::unique_ptr<Broker> broker_;
  std::unique_ptr<v1::Bridge::Stub> bridge_;
  std::unique_ptr<v1::Admin::Stub> admin_;
  std::string session_ = std::string(16, 'S');
  std::unique_ptr<SessionReader> stream_;
};

}  // namespace resource_broker::broker::testing
