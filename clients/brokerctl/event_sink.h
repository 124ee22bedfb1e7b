// Where streams of several nodes become one.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "clients/brokerctl/output.h"
#include "google/protobuf/message.h"

namespace resource_broker::brokerctl {

// Any thread.
class EventSink {
 public:
  // `nodes`: the names of all, for the width of their column.
  EventSink(std::ostream* out, const Style& style, const std::vector<std::string>& nodes);

  // Shows something of `node` at once: as `lines` (one may be too many for a screen, never for a line), or `message` in
  // the machines' forms. False when nobody reads any more.
  bool Show(const std::string& node, const google::protobuf::Message& message, const std::vector<std::string>& lines);

 private:
  const Style style_;
  size_t width_ = 0;
  absl::Mutex mutex_;
  std::ostream* const out_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace resource_broker::brokerctl
