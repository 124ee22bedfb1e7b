// The line that is written while a process dies.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace resource_broker::broker {

// Text in a buffer of its own: no allocation and no lock, for a handler that may have interrupted either. What does not
// fit is left out.
class PanicLine {
 public:
  PanicLine& Add(const char* text);
  PanicLine& AddNumber(uint64_t number);
  // "0x7f…".
  PanicLine& AddHex(uint64_t number);
  // "2026-11-26T05:54:20Z".
  PanicLine& AddTime(int64_t unix_seconds);

  const char* data() const { return text_.data(); }
  size_t size() const { return size_; }

 private:
  void AddDigits(uint64_t number, unsigned width);

  std::array<char, 2048> text_{};
  size_t size_ = 0;
};

// "<time> resource_broker 1.0.0, process 4711: panic: ": what each such line begins with.
PanicLine BeginPanicLine(int64_t unix_seconds, uint32_t process_id);

// Why std::terminate was called; empty: it was not.
const char* TerminateReason();

// From now on std::terminate notes the reason, with what the exception says, and aborts.
void NoteTerminateReason();

}  // namespace resource_broker::broker
