// The record of every operation: what makes the broker's promises outlive its process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "resource_broker/v1/admin.pb.h"
#include "resource_broker/v1/types.pb.h"

namespace resource_broker::broker {

// What the broker remembers of a resource beyond its operations.
struct ResourceRecord {
  std::string resource;

  // What it is, as its last operation or Terminate left it; unspecified where nothing has been done with it yet.
  v1::ResourceState state = v1::RESOURCE_STATE_UNSPECIFIED;

  // What it is meant to be: ONLINE or OFFLINE after the last operation that was to say so, else unspecified.
  v1::ResourceState intended_state = v1::RESOURCE_STATE_UNSPECIFIED;

  // By an administrator, and why.
  bool locked = false;
  std::string lock_reason;
};

// Whether operations begin, as an administrator wants it; see PauseQueue.
struct PauseRecord {
  bool paused = false;
  std::string reason;
  int64_t since_unix_us = 0;
};

// New events of one operation.
struct JournalWrite {
  std::string operation_id;

  // With the operation's first events; null later.
  std::shared_ptr<const v1::OperationRequest> request;

  // In order, following without a gap what was written of this operation before; never empty.
  std::vector<v1::Event> events;

  // The last step of the module's run that the events tell of (ExecuteEvent.step); 0 before the first.
  uint64_t module_step = 0;

  // With the final event: what the resource is now, as SaveState keeps it.
  std::optional<ResourceRecord> resource;
};

// An operation as it was when the journal was last written.
struct JournaledOperation {
  std::shared_ptr<const v1::OperationRequest> request;
  std::vector<v1::Event> events;
  uint64_t module_step = 0;
};

struct JournalContents {
  // Those without a final event, in the order they were accepted.
  std::vector<JournaledOperation> pending;

  std::vector<ResourceRecord> resources;

  PauseRecord pause;
};

// Which ended operations to read. Ends are counted from 1, in the order they became durable.
struct EndedQuery {
  // Those that ended after this one, up to that one.
  uint64_t after = 0;
  uint64_t up_to = 0;
  // With an event at or after this moment, in microseconds since 1970.
  int64_t from_unix_us = 0;
  // Of this resource; empty: of all.
  std::string resource;
  size_t limit = 0;
};

struct EndedPage {
  struct Operation {
    uint64_t end = 0;
    v1::OperationRecord record;
  };
  // In the order of their ends, each with its whole history; at most `limit`, and perhaps none though there are more.
  std::vector<Operation> operations;
  // All up to this end have been looked at: go on after it, until it is `up_to`.
  uint64_t last = 0;
};

// Thread-safe. The broker calls it without holding locks. Ended operations are kept as long and as many as the
// journal's options say; older ones it forgets by itself.
class Journal {
 public:
  using Durable = std::function<void(absl::Status)>;

  virtual ~Journal() = default;

  // Everything kept from before. Called once, first; may take its time.
  virtual absl::StatusOr<JournalContents> Load() = 0;

  // Writes all of `write` or nothing, and calls `durable` when it would survive the machine losing power; on any
  // thread, also before Append returns. Never blocks on the disk: writes of different operations that wait at the same
  // time become one commit. The caller has one write per operation under way at most. On an error the same write may be
  // tried again. The final event makes the journal forget the InBuffer and the properties, whose content nobody may ask
  // for later.
  // AlreadyExists: the first write of an operation whose id has ended before; Find has it.
  virtual void Append(JournalWrite write, Durable durable) = 0;

  // Keeps the record's states in place of those that were kept, or its lock; a resource of which there is nothing to
  // say is forgotten. Durability as Append; of one resource, in the order of the calls.
  virtual void SaveState(ResourceRecord record, Durable durable) = 0;
  virtual void SaveLock(ResourceRecord record, Durable durable) = 0;

  // Likewise keeps whether the queue is paused.
  virtual void SavePause(PauseRecord record, Durable durable) = 0;

  // The operation with its whole history, as GetOperation of the admin contract answers it. NotFound. May read the
  // disk.
  virtual absl::StatusOr<v1::OperationRecord> Find(const std::string& operation_id) = 0;

  // How many ended operations it keeps.
  virtual uint64_t EndedCount() = 0;

  // One page, newest first, each with its last event only. InvalidArgument for a page token that is not from here. May
  // read the disk, for about a second where few of a million operations fit.
  virtual absl::StatusOr<v1::ListOperationsResponse> List(const v1::ListOperationsRequest& request) = 0;

  // The newest end that is durable; 0: there is none. May be called with locks held.
  virtual uint64_t LastEnd() = 0;

  // May read the disk, for some milliseconds; for a tenth of a second where the first page is sought among a million.
  virtual absl::StatusOr<EndedPage> Ended(const EndedQuery& query) = 0;
};

// `from` without what nobody may ask for later: the content of its InBuffer and its properties.
v1::OperationRequest WithoutContent(const v1::OperationRequest& from);

// Whether `kind` ends an operation.
inline bool IsFinal(v1::EventKind kind) { return kind >= v1::SUCCEEDED && kind <= v1::REFUSED; }

}  // namespace resource_broker::broker
