// Bytes into lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace resource_broker::broker {

// Collects bytes and calls back once for each line, without its end ("\n" or "\r\n"). A longer line than the limit is
// cut there and its rest dropped, so that memory is bounded whatever comes. Not thread-safe.
class LineSplitter {
 public:
  explicit LineSplitter(size_t max_line) : max_line_(max_line) {}

  template <typename OnLine>
  void Add(std::string_view bytes, OnLine&& on_line) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      const std::string_view part = bytes.substr(0, end);
      line_.append(part.substr(0, max_line_ - line_.size()));
      if (end == std::string_view::npos) return;
      if (!line_.empty() && line_.back() == '\r') line_.pop_back();
      on_line(line_);
      line_.clear();
      bytes.remove_prefix(end + 1);
    }
  }

  // What came after the last line's end, if anything.
  const std::string& rest() const { return line_; }

 private:
  size_t max_line_;
  std::string line_;
};

}  // namespace resource_broker::broker
