// The bytes that a version 1 bridge sent (bridge_v1.txt) to the broker of today: they are answered, and mean the same.

#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "ipc/channel.h"
#include "tests/compatibility/exchange.h"
#include "tests/compatibility/process_id.h"
#include "tests/compatibility/raw_grpc.h"

namespace resource_broker::compatibility {
namespace {

using broker::testing::kPatience;

// What has been told of operations: by Watch or by StartOperation, one of the two tells each event. Any thread.
class Told {
 public:
  void Add(const std::vector<std::string>& events) {
    absl::MutexLock lock(&mutex_);
    events_.insert(events.begin(), events.end());
  }
  bool Await(const std::string& event) {
    absl::MutexLock lock(&mutex_);
    const auto told = [&] { return events_.count(event) != 0; };
    return mutex_.AwaitWithTimeout(absl::Condition(&told), kPatience);
  }

 private:
  absl::Mutex mutex_;
  std::set<std::string> events_ ABSL_GUARDED_BY(mutex_);
};

// What remains of an event when times do not count, nor how many steps of progress there were, nor what version 1 did
// not have: its bridges pass over that.
std::string Meaning(const std::string& operation_id, v1::Event event) {
  event.clear_sequence();
  event.clear_time_unix_us();
  event.clear_module();
  if (event.kind() == v1::PROGRESS) event.clear_checkpoint();
  if (event.has_final()) {
    event.mutable_final()->clear_queue_time_us();
    event.mutable_final()->clear_run_time_us();
  }
  return absl::StrCat(absl::BytesToHexString(operation_id), " ", event.ShortDebugString());
}

// The events in an answer to a call, if it is one that tells of any.
std::vector<std::string> Events(const Entry& call, const std::string& answer) {
  std::vector<std::string> events;
  if (absl::EndsWith(call.method, "/Watch")) {
    v1::SessionEvent event;
    EXPECT_TRUE(event.ParseFromString(answer));
    events.push_back(event.has_operation() ? Meaning(event.operation().operation_id(), event.operation().event())
                                           : event.ShortDebugString());
  } else if (absl::EndsWith(call.method, "/StartOperation")) {
    v1::StartOperationRequest request;
    v1::StartOperationResponse response;
    EXPECT_TRUE(request.ParseFromString(call.bytes) && response.ParseFromString(answer));
    for (const v1::Event& event : response.events()) events.push_back(Meaning(request.operation().id(), event));
  }
  return events;
}

// One call made again. Any thread.
class Live {
 public:
  Live(std::shared_ptr<grpc::Channel> channel, const Entry& call, Told* told)
      : thread_([this, channel = std::move(channel), call, told] {
          const std::string request = absl::EndsWith(call.method, "/OpenSession")
                                          ? WithProcessId(call.bytes, kOpenSessionProcessId)
                                          : call.bytes;
          const grpc::Status status = CallRaw(channel, context_.get(), call.method, request, [&](std::string answer) {
            told->Add(Events(call, answer));
            absl::MutexLock lock(&mutex_);
            answer_ = std::move(answer);
          });
          absl::MutexLock lock(&mutex_);
          status_ = status;
          ended_ = true;
        }) {}
  ~Live() {
    context_->TryCancel();
    thread_.join();
  }

  grpc::Status AwaitEnd() {
    absl::MutexLock lock(&mutex_);
    EXPECT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&ended_), kPatience));
    return status_;
  }
  // The last one.
  std::string answer() {
    absl::MutexLock lock(&mutex_);
    return answer_;
  }

 private:
  const std::unique_ptr<grpc::ClientContext> context_ = broker::testing::Context();
  absl::Mutex mutex_;
  std::string answer_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status status_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

// What remains of a call's only answer when ids and versions do not count.
std::string MeaningOfAnswer(const std::string& method, const std::string& bytes) {
  if (absl::EndsWith(method, "/OpenSession")) {
    v1::OpenSessionResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    response.clear_broker_instance();
    response.mutable_choice()->clear_component_version();
    return response.ShortDebugString();
  }
  if (absl::EndsWith(method, "/OpenResource")) {
    v1::OpenResourceResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response.ShortDebugString();
  }
  if (absl::EndsWith(method, "/CheckHealth")) {
    v1::CheckHealthResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response.ShortDebugString();
  }
  if (absl::EndsWith(method, "/ControlResource")) {
    v1::ControlResponse response;
    EXPECT_TRUE(response.ParseFromString(bytes));
    return response.ShortDebugString();
  }
  return absl::BytesToHexString(bytes);
}

class BridgeBytesTest : public broker::testing::BrokerTest {};

TEST_F(BridgeBytesTest, SessionOfAVersion1Bridge_IsAnsweredAsItWasThen) {
  const absl::StatusOr<Exchange> exchange = ReadExchange(RESOURCE_BROKER_BRIDGE_EXCHANGE);
  ASSERT_TRUE(exchange.ok()) << exchange.status();
  ASSERT_GT(exchange->size(), 20U);
  Start();
  const auto channel = ipc::Connect(config_.bridge_address(), {});
  ASSERT_TRUE(channel.ok());

  Told told;
  std::map<int, Entry> calls;
  std::map<int, std::unique_ptr<Live>> live;
  for (const Entry& entry : *exchange) {
    if (entry.kind == Entry::Kind::kCall) {
      calls[entry.call] = entry;
      live[entry.call] = std::make_unique<Live>(*channel, entry, &told);
      continue;
    }
    const Entry& call = calls.at(entry.call);
    SCOPED_TRACE(absl::StrCat("call ", entry.call, " ", call.method));
    if (entry.kind == Entry::Kind::kEnd) {
      const grpc::Status status = live.at(entry.call)->AwaitEnd();
      EXPECT_EQ(status.error_code(), entry.status) << status.error_message();
      continue;
    }
    const std::vector<std::string> events = Events(call, entry.bytes);
    // What the bridge did next, it did knowing this.
    for (const std::string& event : events) EXPECT_TRUE(told.Await(event)) << "was not told: " << event;
    if (!events.empty()) continue;
    EXPECT_TRUE(live.at(entry.call)->AwaitEnd().ok());
    EXPECT_EQ(MeaningOfAnswer(call.method, live.at(entry.call)->answer()), MeaningOfAnswer(call.method, entry.bytes));
  }
}

}  // namespace
}  // namespace resource_broker::compatibility
