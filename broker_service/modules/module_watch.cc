#include "broker_service/modules/module_watch.h"

#include <algorithm>
#include <utility>

#include "broker_service/log.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

// A burst tells the state of many resources at once, after a start.
constexpr double kBurst = 2000;
constexpr double kPerSecond = 100;
constexpr size_t kMaxResourceBytes = 1024;

// Why it can't be taken; null if it can.
const char* FaultOf(const v1::ModuleNotification& notification) {
  if (notification.resource().empty() || notification.resource().size() > kMaxResourceBytes) return "resource";
  switch (notification.notification_case()) {
    case v1::ModuleNotification::kHealth:
      return notification.health() == v1::ALIVE || notification.health() == v1::DEAD ? nullptr : "health";
    case v1::ModuleNotification::kLock:
      return nullptr;
    case v1::ModuleNotification::kFailure:
      return notification.failure().failure_type() <= 2 ? nullptr : "failure.failure_type";
    case v1::ModuleNotification::NOTIFICATION_NOT_SET:
      return "notification";
  }
  return "notification";
}

}  // namespace

// One Watch call; owns itself until gRPC is done with it.
class ModuleWatch::Stream : public grpc::ClientReadReactor<v1::ModuleNotification> {
 public:
  explicit Stream(std::weak_ptr<ModuleWatch> watch) : watch_(std::move(watch)) {}

  void Begin(v1::ResourceModule::Stub* stub, std::shared_ptr<Stream> self) {
    self_ = std::move(self);
    stub->async()->Watch(&context_, &request_, this);
    StartRead(&notification_);
    // A pause between reads happens outside gRPC's callbacks.
    AddHold();
    StartCall();
  }

  void Cancel() { context_.TryCancel(); }

  void OnReadDone(bool ok) override {
    const auto watch = watch_.lock();
    if (!ok || watch == nullptr) {
      if (ok) context_.TryCancel();
      RemoveHold();
      return;
    }
    watch->OnNotification(notification_);
    const absl::Duration pause = watch->Pace();
    if (pause == absl::ZeroDuration()) {
      StartRead(&notification_);
      return;
    }
    watch->timers_->After(pause, [self = self_] { self->StartRead(&self->notification_); });
  }

  void OnDone(const grpc::Status& status) override {
    const std::shared_ptr<Stream> self = std::move(self_);
    if (const auto watch = watch_.lock()) watch->OnStreamEnded(status);
  }

 private:
  const std::weak_ptr<ModuleWatch> watch_;
  std::shared_ptr<Stream> self_;
  grpc::ClientContext context_;
  v1::ModuleWatchRequest request_;
  v1::ModuleNotification notification_;
};

ModuleWatch::ModuleWatch(std::shared_ptr<v1::ResourceModule::Stub> stub, Timers* timers, absl::Duration open_again,
                         std::string label, std::weak_ptr<ModuleInstance::Delegate> delegate)
    : stub_(std::move(stub)),
      timers_(timers),
      open_again_(open_again),
      label_(std::move(label)),
      delegate_(std::move(delegate)),
      credit_(kBurst),
      refilled_at_(std::chrono::steady_clock::now()) {}

void ModuleWatch::Open() {
  auto stream = std::make_shared<Stream>(weak_from_this());
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return;
    stream_ = stream;
  }
  stream->Begin(stub_.get(), stream);
}

void ModuleWatch::Close() {
  std::shared_ptr<Stream> stream;
  {
    absl::MutexLock lock(&mu_);
    closed_ = true;
    stream = std::move(stream_);
  }
  if (stream != nullptr) stream->Cancel();
}

absl::Duration ModuleWatch::Pace() {
  absl::MutexLock lock(&mu_);
  const auto now = std::chrono::steady_clock::now();
  credit_ = std::min(kBurst, credit_ + std::chrono::duration<double>(now - refilled_at_).count() * kPerSecond);
  refilled_at_ = now;
  credit_ -= 1;
  return credit_ >= 0 ? absl::ZeroDuration() : absl::Seconds(1 / kPerSecond);
}

void ModuleWatch::OnNotification(const v1::ModuleNotification& notification) {
  if (const char* fault = FaultOf(notification)) {
    LogWarning(LogModule(label_), ": a notification is dropped because of its field ", fault);
    return;
  }
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return;
  }
  const auto delegate = delegate_.lock();
  if (delegate == nullptr) return;
  if (notification.message().size() <= kMaxMessageBytes) {
    delegate->OnNotification(notification);
    return;
  }
  v1::ModuleNotification cut = notification;
  cut.set_message(CutText(notification.message(), kMaxMessageBytes));
  delegate->OnNotification(cut);
}

void ModuleWatch::OnStreamEnded(const grpc::Status& status) {
  {
    absl::MutexLock lock(&mu_);
    stream_ = nullptr;
    if (closed_) return;
  }
  LogWarning(LogModule(label_), ": its Watch ended: ", status.error_message());
  if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) return;
  timers_->After(open_again_, [weak = weak_from_this()] {
    if (const auto watch = weak.lock()) watch->Open();
  });
}

}  // namespace resource_broker::broker
