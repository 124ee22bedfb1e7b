// The TLS of this moment: its files are read again when they change.
#pragma once

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "broker_service/remote/tls_context.h"
#include "broker_service/remote/tls_files.h"
#include "resource_broker/v1/config.pb.h"

namespace resource_broker::broker {

// Looks at the files every `poll`, on a thread of its own. Not told by the system: certificates are replaced through
// links and from network shares, of whose changes it does not tell. Thread-safe.
class TlsSource {
 public:
  // The first set of files must be good.
  static absl::StatusOr<std::unique_ptr<TlsSource>> Start(const v1::BrokerConfig::Remote& config, absl::Duration poll);
  ~TlsSource();

  // For connections that begin now; those that have begun keep theirs.
  std::shared_ptr<const TlsContext> Current() const;

  // Looks at once. An error, which is logged as well: the files are wrong, and what was good before stays in use.
  absl::Status Reload();

  // What an administrator should look into; empty: nothing.
  std::string Notice() const;

 private:
  TlsSource(v1::BrokerConfig::Remote config, TlsFiles files, std::shared_ptr<const TlsContext> context);
  void Run(absl::Duration poll);

  const v1::BrokerConfig::Remote config_;
  // Held while files are read.
  absl::Mutex reload_mu_;
  // What was looked at last, good or not.
  TlsFiles files_ ABSL_GUARDED_BY(reload_mu_);
  absl::Status result_ ABSL_GUARDED_BY(reload_mu_);

  mutable absl::Mutex mu_ ABSL_ACQUIRED_AFTER(reload_mu_);
  std::shared_ptr<const TlsContext> context_ ABSL_GUARDED_BY(mu_);
  std::string fault_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

// "TLS 1.3, node certificate CN=n1, until 2027-01-01": for the log.
std::string DescribeTls(const TlsContext& context, bool allow_tls_1_2);

}  // namespace resource_broker::broker
