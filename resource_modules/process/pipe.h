// What a Stream stands on; implemented by each platform.
#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"
#include "resource_modules/process/stream.h"

namespace resource_broker::process {

// The functions are those of Stream.
class Stream::Pipe {
 public:
  virtual ~Pipe() = default;
  virtual size_t Read(char* buffer, size_t size) = 0;
  virtual bool WriteAll(absl::string_view bytes) = 0;
  virtual void Interrupt() = 0;
};

}  // namespace resource_broker::process
