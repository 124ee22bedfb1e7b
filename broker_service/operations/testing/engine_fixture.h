// An engine with fake modules, fake time and a session that writes down what it hears.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/log.h"
#include "broker_service/operations/operation_engine.h"
#include "broker_service/operations/testing/fake_gateway.h"
#include "broker_service/operations/testing/fake_time.h"
#include "broker_service/operations/testing/held_journal.h"

namespace resource_broker::broker::testing {

// For one thread.
class RecordingListener : public SessionListener {
 public:
  void Deliver(v1::SessionEvent event) override { events.push_back(std::move(event)); }

  std::vector<v1::Event> OfOperation(const std::string& id) const {
    std::vector<v1::Event> found;
    for (const v1::SessionEvent& event : events) {
      if (event.has_operation() && event.operation().operation_id() == id) found.push_back(event.operation().event());
    }
    return found;
  }

  std::vector<v1::SessionEvent> events;
};

inline std::string Id(int number) { return absl::StrCat("0123456789", 100000 + number); }

inline std::vector<v1::EventKind> Kinds(const std::vector<v1::Event>& events) {
  std::vector<v1::EventKind> kinds;
  kinds.reserve(events.size());
  for (const v1::Event& event : events) kinds.push_back(event.kind());
  return kinds;
}

class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    SetLogLevel(LogLevel::kError);
    Restart();
  }

  // A new engine, as after a start of the broker: it knows what the journal knows.
  void Restart() {
    engine_.reset();
    engine_ = OperationEngine::Create(options_, {&journal_, &gateway_, &time_, &time_, &watchers_});
    EXPECT_TRUE(engine_->Recover().ok());
  }

  void Open(const std::string& resource, const std::string& session = "s") {
    ResourceSpec spec;
    spec.resource = resource;
    spec.module = "fake";
    ASSERT_TRUE(engine_->OpenResource(std::move(spec), session, session_).ok());
  }

  static std::shared_ptr<v1::OperationRequest> Request(int number, v1::OperationKind kind, const std::string& resource,
                                                       uint32_t flags) {
    auto request = std::make_shared<v1::OperationRequest>();
    request->set_id(Id(number));
    request->set_kind(kind);
    request->set_resource(resource);
    request->set_flags(flags);
    request->set_module("fake");
    return request;
  }

  // Starts an operation; what it is answered is in `answers_`.
  void Start(int number, v1::OperationKind kind, const std::string& resource, uint32_t flags = 0,
             uint64_t last_sequence = 0, std::shared_ptr<SessionListener> listener = nullptr) {
    engine_->Start(Request(number, kind, resource, flags), last_sequence, listener != nullptr ? listener : session_,
                   [this, number](absl::StatusOr<std::vector<v1::Event>> events) {
                     answers_[number].push_back(std::move(events));
                   });
  }
  void OfflineTo(int number, const std::string& resource, const std::string& destination, uint32_t flags = 0) {
    auto request = Request(number, v1::OFFLINE, resource, flags);
    request->set_destination_node(destination);
    engine_->Start(std::move(request), 0, session_, [this, number](absl::StatusOr<std::vector<v1::Event>> events) {
      answers_[number].push_back(std::move(events));
    });
  }
  void Offline(int number, const std::string& resource = "r", uint32_t flags = 0) {
    Start(number, v1::OFFLINE, resource, flags);
  }

  // Answered and streamed, in the order the bridge sees them.
  std::vector<v1::Event> Seen(int number) {
    std::vector<v1::Event> all;
    for (const auto& answer : answers_[number]) {
      if (answer.ok()) all.insert(all.end(), answer->begin(), answer->end());
    }
    const std::vector<v1::Event> streamed = session_->OfOperation(Id(number));
    all.insert(all.end(), streamed.begin(), streamed.end());
    return all;
  }
  std::vector<v1::EventKind> SeenKinds(int number) { return Kinds(Seen(number)); }

  v1::FinalReport Final(int number) {
    const std::vector<v1::Event> seen = Seen(number);
    EXPECT_FALSE(seen.empty());
    if (seen.empty()) return {};
    EXPECT_TRUE(seen.back().has_final()) << seen.back().DebugString();
    return seen.back().final();
  }

  absl::Status AdminLock(const std::string& resource, bool locked, const std::string& reason = "maintenance") {
    absl::Status result = absl::UnknownError("not answered");
    engine_->SetAdminLock(resource, locked, reason, [&result](absl::Status status) { result = std::move(status); });
    return result;
  }

  v1::ResourceStatus StatusOf(const std::string& resource) {
    for (v1::ResourceStatus& status : engine_->Resources()) {
      if (status.resource() == resource) return status;
    }
    ADD_FAILURE() << resource << " is not known";
    return {};
  }

  // What the session heard of its lock, last.
  std::optional<bool> ToldLock() const {
    std::optional<bool> told;
    for (const v1::SessionEvent& event : session_->events) {
      if (event.has_lock()) told = event.lock().locked();
    }
    return told;
  }

  void Lock(const std::string& resource, bool locked) {
    v1::ModuleNotification notification;
    notification.set_resource(resource);
    notification.mutable_lock()->set_locked(locked);
    notification.mutable_lock()->set_reason(7);
    engine_->OnNotification("fake", notification);
  }

  EngineOptions options_;
  FakeTime time_;
  OperationWatchers watchers_{1000};
  FakeGateway gateway_;
  HeldJournal journal_;
  std::shared_ptr<RecordingListener> session_ = std::make_shared<RecordingListener>();
  std::map<int, std::vector<absl::StatusOr<std::vector<v1::Event>>>> answers_;
  std::shared_ptr<OperationEngine> engine_;
};

}  // namespace resource_broker::broker::testing
