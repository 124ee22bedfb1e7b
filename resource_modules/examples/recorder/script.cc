#include "resource_modules/examples/recorder/script.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "ipc/end_process.h"

namespace resource_broker::recorder {
namespace {

using sdk::Operation;
using sdk::Result;
using std::chrono::milliseconds;

constexpr int kCrashExitCode = 66;
constexpr std::chrono::minutes kHang(10);
constexpr std::chrono::minutes kMaxWaitForFile(2);
constexpr milliseconds kFilePollInterval(20);

// A step's word and what follows it: NAME:FIRST:SECOND:REST.
struct Step {
  explicit Step(absl::string_view text) {
    std::vector<absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits(':', 3));
    parts.resize(4);
    name = parts[0];
    first = parts[1];
    second = parts[2];
    rest = parts[3];
    size_t colon = text.find(':');
    after_name = colon == text.npos ? absl::string_view() : text.substr(colon + 1);
    colon = after_name.find(':');
    after_first = colon == text.npos ? absl::string_view() : after_name.substr(colon + 1);
  }

  absl::string_view name, first, second, rest;
  absl::string_view after_name, after_first;
};

Result Wrong(const Step& step) {
  return Result::Failed(win32::kInvalidParameter, absl::StrCat("no such step: ", step.name, ":", step.after_name));
}

bool Parse(absl::string_view text, uint32_t* number) { return absl::SimpleAtoi(text, number); }

std::optional<Result> WaitForFile(const Step& step, Operation& operation, bool cancels) {
  std::filesystem::path path = std::filesystem::u8path(step.after_name.begin(), step.after_name.end());
  auto deadline = std::chrono::steady_clock::now() + kMaxWaitForFile;
  std::error_code ignored;
  while (!std::filesystem::exists(path, ignored)) {
    if (std::chrono::steady_clock::now() > deadline) return Result::Failed(win32::kTimeout, "the file does not come");
    // Files of both platforms, in a test: polling is good enough.
    if (cancels && operation.WaitForCancel(kFilePollInterval)) return Result::Cancelled();
    if (!cancels) std::this_thread::sleep_for(kFilePollInterval);
  }
  return std::nullopt;
}

std::optional<Result> Tell(const Step& step, const Signals& signals) {
  uint32_t type = 0;
  uint32_t number = 0;
  if (step.name == "health" && (step.first == "alive" || step.first == "dead")) {
    signals.health(step.first == "alive", std::string(step.after_first));
  } else if (step.name == "lock" && Parse(step.first, &number)) {
    signals.lock(true, number);
  } else if (step.name == "unlock") {
    signals.lock(false, 0);
  } else if (step.name == "failure" && Parse(step.first, &type) && Parse(step.second, &number)) {
    signals.failure(type, number, std::string(step.rest));
  } else {
    return Wrong(step);
  }
  return std::nullopt;
}

// The end of the operation; nullopt if the next step follows.
std::optional<Result> Run(const Step& step, Operation& operation, const Signals& signals) {
  uint32_t number = 0;
  uint32_t second = 0;
  uint32_t third = 0;
  if (step.name == "done") return Result::Done();
  if (step.name == "crash") ipc::EndProcess(kCrashExitCode);
  if (step.name == "hang") {
    std::this_thread::sleep_for(kHang);
    return std::nullopt;
  }
  if (step.name == "wait" && Parse(step.first, &number)) {
    if (operation.WaitForCancel(milliseconds(number))) return Result::Cancelled();
    return std::nullopt;
  }
  if (step.name == "waitfile") return WaitForFile(step, operation, /*cancels=*/true);
  if (step.name == "holdfile") return WaitForFile(step, operation, /*cancels=*/false);
  if (step.name == "fail" && Parse(step.first, &number)) {
    return Result::Failed(number, std::string(step.after_first), number);
  }
  if (step.name == "notnow" && Parse(step.first, &number) && Parse(step.second, &second)) {
    return Result::NotNow(static_cast<sdk::NotNowReason>(number), "the script says not now", milliseconds(second));
  }
  if (step.name == "busy" && Parse(step.first, &number) && Parse(step.second, &second) && Parse(step.rest, &third)) {
    if (operation.attempt() > number) return std::nullopt;
    return Result::NotNow(static_cast<sdk::NotNowReason>(second), "the script says busy", milliseconds(third));
  }
  if (step.name == "progress") {
    if (step.first.empty()) {
      operation.Report(step.after_first);
    } else if (Parse(step.first, &number)) {
      operation.Report(number, step.after_first);
    } else {
      return Wrong(step);
    }
    return std::nullopt;
  }
  return Tell(step, signals);
}

}  // namespace

Result RunScript(absl::string_view script, Operation& operation, const Signals& signals) {
  for (absl::string_view text : absl::StrSplit(script, ';', absl::SkipWhitespace())) {
    std::optional<Result> end = Run(Step(text), operation, signals);
    if (end.has_value()) return *end;
  }
  return Result::Done();
}

}  // namespace resource_broker::recorder
