#include "clients/brokerctl/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace resource_broker::brokerctl {
namespace {

constexpr uint64_t kBarCells = 24;
constexpr uint64_t kStepPercent = 10;
constexpr absl::Duration kRedraw = absl::Milliseconds(100);
// A rate of less than this is a guess.
constexpr absl::Duration kRateFrom = absl::Milliseconds(200);

// Rounded down: 100 is only what is done.
uint64_t Percent(uint64_t done, uint64_t total) { return total == 0 ? 100 : done * 100 / total; }

std::string Amount(double amount, const std::string& unit) {
  if (!unit.empty()) return absl::StrFormat("%.0f %s", amount, unit);
  if (amount < 1 << 20) return absl::StrFormat("%.1f KiB", amount / (1 << 10));
  return absl::StrFormat("%.1f MiB", amount / (1 << 20));
}

}  // namespace

void Progress::Begin(const std::string& what, uint64_t total, const std::string& unit) {
  board_->Begin(line_, what, total, unit);
}

void Progress::Done(uint64_t done) { board_->Done(line_, done); }

ProgressBoard::ProgressBoard(std::ostream* out, bool terminal, std::vector<std::string> names, Clock now)
    : terminal_(terminal), names_(std::move(names)), now_(std::move(now)), out_(out), lines_(names_.size()) {}

void ProgressBoard::Begin(size_t node, const std::string& what, uint64_t total, const std::string& unit) {
  absl::MutexLock lock(&mutex_);
  Line& line = lines_[node];
  line = Line();
  line.what = what;
  line.unit = unit;
  line.total = total;
  line.begun = now_();
  line.active = true;
  drawn_at_ = absl::InfinitePast();
  if (terminal_) Draw();
}

void ProgressBoard::Done(size_t node, uint64_t done) {
  absl::MutexLock lock(&mutex_);
  Line& line = lines_[node];
  line.done = std::max(line.done, std::min(done, line.total));
  const uint64_t percent = Percent(line.done, line.total);
  const bool whole = line.done == line.total;
  if (terminal_) {
    if (whole || now_() - drawn_at_ >= kRedraw) Draw();
  } else if (percent / kStepPercent > line.shown_percent / kStepPercent) {
    *out_ << Text(node) << "\n" << std::flush;
    line.shown_percent = percent;
  }
}

void ProgressBoard::Draw() {
  std::string text;
  if (drawn_ > 0) text = absl::StrCat("\x1b[", drawn_, "A");
  drawn_ = 0;
  for (size_t node = 0; node < lines_.size(); ++node) {
    if (!lines_[node].active) continue;
    absl::StrAppend(&text, "\r\x1b[K", Text(node), "\n");
    ++drawn_;
  }
  *out_ << text << std::flush;
  drawn_at_ = now_();
}

std::string ProgressBoard::Text(size_t node) {
  const Line& line = lines_[node];
  const uint64_t percent = Percent(line.done, line.total);
  const auto done = static_cast<double>(line.done);
  std::string text = names_.size() > 1 ? absl::StrCat(names_[node], ": ") : "";
  absl::StrAppend(&text, line.what);
  if (terminal_) {
    const uint64_t cells = percent * kBarCells / 100;
    absl::StrAppend(&text, " [", std::string(cells, '#'), std::string(kBarCells - cells, '.'), "]");
  }
  absl::StrAppendFormat(&text, " %3d %%, %s of %s", percent, Amount(done, line.unit),
                        Amount(static_cast<double>(line.total), line.unit));
  const absl::Duration took = now_() - line.begun;
  if (took < kRateFrom || line.done == 0) return text;
  const double rate = done / absl::ToDoubleSeconds(took);
  absl::StrAppend(&text, ", ", Amount(rate, line.unit), "/s");
  if (line.done < line.total) {
    absl::StrAppendFormat(&text, ", %.0f s left", (static_cast<double>(line.total) - done) / rate);
  }
  return text;
}

}  // namespace resource_broker::brokerctl
