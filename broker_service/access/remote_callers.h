// Who is at the other end of each remote connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "broker_service/access/peer_names.h"

namespace resource_broker::broker {

struct RemoteCaller {
  // AuditRecord.identity and .from.
  std::string identity;
  std::string from;
  PeerNames names;
  // Without TLS on loopback: has every role.
  bool plaintext = false;
};

// By the label of the connection (ipc/inner_connection.h), which is never given twice: a call that outlives its
// connection finds nobody rather than somebody else. Thread-safe.
class RemoteCallers {
 public:
  // Before the connection's first byte reaches the server, and after its last.
  void Add(const std::string& label, RemoteCaller caller);
  void Remove(const std::string& label);

  std::optional<RemoteCaller> Find(const std::string& label) const;
  size_t size() const;
  // Connections now.
  std::map<std::string, uint32_t> CountByIdentity() const;

 private:
  mutable absl::Mutex mu_;
  absl::flat_hash_map<std::string, RemoteCaller> callers_ ABSL_GUARDED_BY(mu_);
};

}  // namespace resource_broker::broker
