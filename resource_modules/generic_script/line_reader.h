// Reads lines from a program, whatever it sends.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "resource_modules/process/stream.h"

namespace resource_broker::generic_script {

// Splits bytes into lines. Lines that are too long are cut, and after a total what follows is read but not passed on,
// so that a program that floods neither fills the memory nor is held up.
class LineSplitter {
 public:
  static constexpr size_t kMaxLineBytes = 4096;
  static constexpr size_t kMaxTotalBytes = 4 << 20;

  using OnLine = std::function<void(absl::string_view)>;
  explicit LineSplitter(OnLine on_line) : on_line_(std::move(on_line)) {}

  // Lines end with '\n' or "\r\n", which is not part of them.
  void Add(absl::string_view bytes);
  // There is no more: what is left is a line too.
  void End();

 private:
  void PassOn();

  const OnLine on_line_;
  std::string line_;
  size_t total_ = 0;
};

// Reads a stream on a thread of its own, until its end.
class LineReader {
 public:
  // `on_line` is called on that thread. `stream` is not owned.
  LineReader(process::Stream* stream, LineSplitter::OnLine on_line);
  ~LineReader() { Finish(); }

  // Passes on what has been written by now, and ends. Idempotent.
  void Finish();

 private:
  process::Stream* const stream_;
  LineSplitter splitter_;
  std::thread thread_;
};

}  // namespace resource_broker::generic_script
