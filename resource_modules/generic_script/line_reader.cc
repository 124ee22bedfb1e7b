#include "resource_modules/generic_script/line_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

namespace resource_broker::generic_script {

void LineSplitter::Add(absl::string_view bytes) {
  while (!bytes.empty()) {
    size_t end = bytes.find('\n');
    absl::string_view piece = bytes.substr(0, end);
    absl::StrAppend(&line_, piece.substr(0, kMaxLineBytes - line_.size()));
    if (end == bytes.npos) return;
    PassOn();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::End() {
  if (!line_.empty()) PassOn();
}

void LineSplitter::PassOn() {
  bool before = total_ < kMaxTotalBytes;
  total_ += line_.size() + 1;
  if (!line_.empty() && line_.back() == '\r') line_.pop_back();
  if (total_ < kMaxTotalBytes) {
    on_line_(line_);
  } else if (before) {
    on_line_(absl::StrCat("(more than ", kMaxTotalBytes, " bytes; the rest is left out)"));
  }
  line_.clear();
}

LineReader::LineReader(process::Stream* stream, LineSplitter::OnLine on_line)
    : stream_(stream), splitter_(std::move(on_line)), thread_([this] {
        std::array<char, 8192> buffer;
        while (size_t size = stream_->Read(buffer.data(), buffer.size())) splitter_.Add({buffer.data(), size});
        splitter_.End();
      }) {}

void LineReader::Finish() {
  if (!thread_.joinable()) return;
  stream_->Interrupt();
  thread_.join();
}

}  // namespace resource_broker::generic_script
