// One end of a pipe to another process.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace resource_broker::process {

// Owns the end; movable. Blocking, for a thread of its own: it returns when the other end is closed, which a process's
// death does. Not thread-safe.
class Stream {
 public:
  // A file descriptor, or a HANDLE on Windows.
  using Native = intptr_t;
  static constexpr Native kNone = -1;

  Stream() = default;
  explicit Stream(Native native) : native_(native) {}
  ~Stream() { Close(); }
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;

  // Bytes read into `buffer`, at least one; 0 at the end or after an error.
  size_t Read(char* buffer, size_t size);

  // False if the other side no longer reads.
  bool WriteAll(absl::string_view bytes);

  void Close();
  Native native() const { return native_; }

 private:
  Native native_ = kNone;
};

}  // namespace resource_broker::process
