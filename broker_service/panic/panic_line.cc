#include "broker_service/panic/panic_line.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace resource_broker::broker {
namespace {

constexpr int64_t kSecondsOfDay = 24 * 3600;

std::array<char, 512> g_reason{};

struct Date {
  int64_t year;
  unsigned month;
  unsigned day;
};

// The Gregorian date of a day since 1970. gmtime_r is not for signal handlers.
Date DateOf(int64_t days) {
  // Counted from the first of March of year 0, so that a leap day ends its year; in eras of 400 years.
  const int64_t shifted = days + 719468;
  const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const int64_t of_era = shifted - era * 146097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t month = (5 * of_year + 2) / 153;
  const auto day = static_cast<unsigned>(of_year - (153 * month + 2) / 5 + 1);
  const auto civil = static_cast<unsigned>(month < 10 ? month + 3 : month - 9);
  return {year + era * 400 + (civil <= 2 ? 1 : 0), civil, day};
}

[[noreturn]] void OnTerminate() {
  // Its own fault would call it again.
  std::set_terminate(std::abort);
  snprintf(g_reason.data(), g_reason.size(), "std::terminate was called");
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& exception) {
      snprintf(g_reason.data(), g_reason.size(), "an exception was not caught: %s", exception.what());
    } catch (...) {
      snprintf(g_reason.data(), g_reason.size(), "an exception of an unknown kind was not caught");
    }
  }
  std::abort();
}

}  // namespace

PanicLine& PanicLine::Add(const char* text) {
  // One byte stays for the end.
  for (; *text != '\0' && size_ + 1 < text_.size(); ++text) text_[size_++] = *text;
  return *this;
}

void PanicLine::AddDigits(uint64_t number, unsigned width) {
  std::array<char, 24> digits{};
  size_t at = digits.size() - 1;
  do {
    digits[--at] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0 || digits.size() - 1 - at < width);
  Add(digits.data() + at);
}

PanicLine& PanicLine::AddNumber(uint64_t number) {
  AddDigits(number, 1);
  return *this;
}

PanicLine& PanicLine::AddHex(uint64_t number) {
  std::array<char, 20> digits{};
  size_t at = digits.size() - 1;
  do {
    digits[--at] = "0123456789abcdef"[number % 16];
    number /= 16;
  } while (number != 0);
  return Add("0x").Add(digits.data() + at);
}

PanicLine& PanicLine::AddTime(int64_t unix_seconds) {
  const int64_t days = unix_seconds / kSecondsOfDay;
  const auto of_day = static_cast<uint64_t>(unix_seconds % kSecondsOfDay);
  const Date date = DateOf(days);
  AddDigits(static_cast<uint64_t>(date.year), 4);
  Add("-").AddDigits(date.month, 2);
  Add("-").AddDigits(date.day, 2);
  Add("T").AddDigits(of_day / 3600, 2);
  Add(":").AddDigits(of_day / 60 % 60, 2);
  Add(":").AddDigits(of_day % 60, 2);
  return Add("Z");
}

PanicLine BeginPanicLine(int64_t unix_seconds, uint32_t process_id) {
  PanicLine line;
  line.AddTime(unix_seconds).Add(" resource_broker " RESOURCE_BROKER_VERSION ", process ").AddNumber(process_id);
  line.Add(": panic: ");
  return line;
}

const char* TerminateReason() { return g_reason.data(); }

void NoteTerminateReason() { std::set_terminate(OnTerminate); }

}  // namespace resource_broker::broker
