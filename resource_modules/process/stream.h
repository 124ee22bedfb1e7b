// This side's end of a pipe to another process.
#pragma once

#include <cstddef>
#include <memory>

#include "absl/strings/string_view.h"

namespace resource_broker::process {

// Movable; one thread at a time, but for Interrupt. Blocking, for a thread of its own.
class Stream {
 public:
  // What the platform's twin holds; made in process_tree_<platform>.cc.
  class Pipe;

  Stream();
  explicit Stream(std::unique_ptr<Pipe> pipe);
  ~Stream();
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;

  // Bytes read into `buffer`, at least one; 0 at the end, after an error, or when it was interrupted and nothing is
  // there to be read.
  size_t Read(char* buffer, size_t size);

  // False if the other side no longer reads, or it was interrupted.
  bool WriteAll(absl::string_view bytes);

  // Nothing blocks any more, now and later; what is in the pipe can still be read. From any thread, while the stream
  // is neither moved nor closed.
  void Interrupt();

  void Close();

 private:
  std::unique_ptr<Pipe> pipe_;
};

}  // namespace resource_broker::process
