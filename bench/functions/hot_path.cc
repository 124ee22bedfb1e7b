#include "bench/functions/hot_path.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/api/validation.h"
#include "broker_service/log.h"

namespace resource_broker::bench {
namespace {

constexpr char kResource[] = "Virtual Machine db-17";
constexpr char kModule[] = "fake";
constexpr size_t kIdBytes = 16;
constexpr size_t kInBufferBytes = 256;
constexpr uint32_t kMaxInBufferBytes = 1 << 20;

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "hot path: %s\n", what.c_str());
  std::exit(1);
}

std::string IdOf(uint64_t number) {
  std::string id(kIdBytes, 'i');
  std::memcpy(id.data(), &number, sizeof(number));
  return id;
}

}  // namespace

v1::StartOperationRequest RequestOf(uint64_t number) {
  v1::StartOperationRequest request;
  request.set_session_id(std::string(kIdBytes, 's'));
  v1::OperationRequest* operation = request.mutable_operation();
  operation->set_id(IdOf(number));
  operation->set_kind(number % 2 == 0 ? v1::OFFLINE : v1::ONLINE);
  operation->set_resource(kResource);
  operation->set_resource_type("Resource Broker");
  operation->set_module(kModule);
  operation->set_in_buffer(std::string(kInBufferBytes, 'b'));
  if (operation->kind() == v1::OFFLINE) operation->set_destination_node("NODE2");
  (*operation->mutable_properties())["Module"].set_text(kModule);
  (*operation->mutable_properties())["ServiceName"].set_text("Spooler");
  return request;
}

// Hears the events as a session does.
class EngineSubject::Counting : public broker::SessionListener {
 public:
  void Deliver(v1::SessionEvent event) override {
    if (event.operation().event().kind() == v1::SUCCEEDED) ++succeeded;
  }
  uint64_t succeeded = 0;
};

EngineSubject::EngineSubject() : session_(std::make_shared<Counting>()) {
  broker::SetLogLevel(broker::LogLevel::kError);
  engine_ = broker::OperationEngine::Create({}, {&journal_, &gateway_, &time_, &time_, &watchers_, nullptr});
  if (!engine_->Recover().ok()) Fail("Recover");
  broker::ResourceSpec spec;
  spec.resource = kResource;
  spec.module = kModule;
  if (!engine_->OpenResource(std::move(spec), "session", session_).ok()) Fail("OpenResource");
}

void EngineSubject::RunOperation() {
  v1::StartOperationRequest request = RequestOf(++number_);
  auto operation = std::make_shared<const v1::OperationRequest>(std::move(*request.mutable_operation()));
  engine_->Start(std::move(operation), 0, session_, [](const absl::StatusOr<std::vector<v1::Event>>& events) {
    if (!events.ok()) Fail(events.status().ToString());
  });
  gateway_.Progress(0, 1, "working");
  gateway_.End(0, v1::DONE);
  gateway_.runs.clear();
  // Progress is told at most so often.
  time_.Advance(absl::Seconds(1));
  if (session_->succeeded != number_) Fail(absl::StrCat("operation ", number_, " did not succeed"));
}

ArrivalSubject::ArrivalSubject() : bytes_(RequestOf(1).SerializeAsString()) {}

void ArrivalSubject::Arrive() {
  v1::StartOperationRequest request;
  if (!request.ParseFromString(bytes_)) Fail("ParseFromString");
  if (const absl::Status status = broker::Check(request, kMaxInBufferBytes); !status.ok()) Fail(status.ToString());
}

DepartureSubject::DepartureSubject() {
  event_.mutable_operation()->set_operation_id(IdOf(1));
  v1::Event* event = event_.mutable_operation()->mutable_event();
  event->set_sequence(3);
  event->set_kind(v1::SUCCEEDED);
  event->set_time_unix_us(1'780'000'000'000'000);
  event->mutable_final()->set_state(v1::RESOURCE_OFFLINE);
  event->mutable_final()->set_module("fake 1.0.0");
}

void DepartureSubject::Depart() {
  if (!event_.SerializeToString(&bytes_)) Fail("SerializeToString");
}

}  // namespace resource_broker::bench
