#include "broker_service/remote/tls_source.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/events/event_log.h"
#include "broker_service/log.h"
#include "broker_service/remote/certificate_reminder.h"

namespace resource_broker::broker {
namespace {

std::string Day(absl::Time time) { return absl::FormatTime("%Y-%m-%d", time, absl::UTCTimeZone()); }

}  // namespace

absl::StatusOr<std::unique_ptr<TlsSource>> TlsSource::Start(const v1::BrokerConfig::Remote& config,
                                                            absl::Duration poll) {
  absl::StatusOr<TlsFiles> files = ReadTlsFiles(config);
  if (!files.ok()) return files.status();
  absl::StatusOr<std::shared_ptr<const TlsContext>> context = MakeTlsContext(*files, config.allow_tls_1_2());
  if (!context.ok()) return context.status();
  std::unique_ptr<TlsSource> source(new TlsSource(config, *std::move(files), *std::move(context)));
  source->thread_ = std::thread([source = source.get(), poll] { source->Run(poll); });
  return source;
}

TlsSource::TlsSource(v1::BrokerConfig::Remote config, TlsFiles files, std::shared_ptr<const TlsContext> context)
    : config_(std::move(config)), files_(std::move(files)), context_(std::move(context)) {}

TlsSource::~TlsSource() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

std::shared_ptr<const TlsContext> TlsSource::Current() const {
  absl::MutexLock lock(&mu_);
  return context_;
}

std::string TlsSource::Notice() const {
  absl::MutexLock lock(&mu_);
  if (!fault_.empty()) {
    return absl::StrCat("new certificates are not taken, and those of before stay in use: ", fault_);
  }
  if (context_->not_after > absl::Now()) return "";
  return absl::StrCat("the node's certificate ", context_->subject, " has expired on ", Day(context_->not_after));
}

void TlsSource::Run(absl::Duration poll) {
  CertificateReminder reminder;
  while (true) {
    if (const std::optional<EventId> due = reminder.Due(Current()->not_after, absl::Now())) {
      RaiseEvent(*due, Current()->subject, Day(Current()->not_after));
    }
    {
      absl::MutexLock lock(&mu_);
      if (mu_.AwaitWithTimeout(absl::Condition(&stopping_), poll)) return;
    }
    Reload().IgnoreError();
  }
}

absl::Status TlsSource::Reload() {
  absl::MutexLock reloading(&reload_mu_);
  absl::StatusOr<TlsFiles> files = ReadTlsFiles(config_);
  if (files.ok() && *files == files_) return result_;
  const absl::Status before = result_;
  using Context = absl::StatusOr<std::shared_ptr<const TlsContext>>;
  Context context = files.ok() ? MakeTlsContext(*files, config_.allow_tls_1_2()) : Context(files.status());
  // What can't be read is looked at again, whatever is in it then.
  files_ = files.ok() ? *std::move(files) : TlsFiles();
  result_ = context.status();
  if (!result_.ok() && result_ != before) {
    RaiseEvent(EventId::kCertificatesRefused, result_.message());
  }
  absl::MutexLock lock(&mu_);
  fault_ = std::string(result_.message());
  if (!context.ok()) return result_;
  context_ = *std::move(context);
  LogInfo("certificates were read again: ", DescribeTls(*context_, config_.allow_tls_1_2()));
  return result_;
}

std::string DescribeTls(const TlsContext& context, bool allow_tls_1_2) {
  return absl::StrCat(allow_tls_1_2 ? "TLS 1.2 and 1.3" : "TLS 1.3", ", node certificate ", context.subject, ", until ",
                      Day(context.not_after));
}

}  // namespace resource_broker::broker
