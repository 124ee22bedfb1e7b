#include <chrono>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/journal/sqlite.h"
#include "broker_service/steady_time.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

// Looks at the clock so often, one after another.
constexpr int kLooks = 1000;

// A moment of before, and where it is from.
struct Trace {
  absl::Time at = absl::InfinitePast();
  std::string where;

  void Note(absl::Time time, std::string from) {
    if (time <= at) return;
    at = time;
    where = std::move(from);
  }
};

void NoteFile(const fs::path& file, Trace* trace) {
  std::error_code error;
  const fs::file_time_type changed = fs::last_write_time(file, error);
  if (error) return;
  // Its clock has an epoch of its own; only the distance to now counts.
  const auto ahead = changed - fs::file_time_type::clock::now();
  trace->Note(absl::Now() + absl::FromChrono(std::chrono::duration_cast<std::chrono::milliseconds>(ahead)),
              file.u8string());
}

void NoteJournal(const fs::path& file, Trace* trace) {
  std::error_code error;
  if (!fs::exists(file, error)) return;
  absl::StatusOr<Database> database = Database::Open(file, Database::Access::kRead);
  if (!database.ok()) return;
  // One in an older form, or damaged, is what another check complains of.
  const absl::StatusOr<int64_t> last = database->Integer("SELECT ifnull(max(last_event_us), 0) FROM operations");
  if (last.ok()) trace->Note(absl::FromUnixMicros(*last), absl::StrCat("the last event in ", file.u8string()));
}

bool NeverGoesBack() {
  absl::Duration last = SteadyTime();
  for (int i = 0; i < kLooks; ++i) {
    const absl::Duration now = SteadyTime();
    if (now < last) return false;
    last = now;
  }
  return true;
}

}  // namespace

void CheckClock(const Installation& installation, Findings* findings) {
  const fs::path data = fs::u8path(installation.config.data_directory());
  const fs::path journal = JournalFile(installation.config);
  Trace trace;
  NoteFile(journal, &trace);
  NoteFile(data / "logs" / "resource_broker.log", &trace);
  NoteFile(installation.options.program, &trace);
  NoteJournal(journal, &trace);
  const std::string now = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
  if (!NeverGoesBack()) {
    findings->Error("clock", "the steady clock goes back, which all timeouts rest on",
                    "repair the machine, or the time source of its hypervisor");
  } else if (trace.at > absl::Now() + installation.options.limits.clock_ahead) {
    findings->Error(
        "clock",
        absl::StrCat("it is ", now, ", and ", trace.where, " is of ",
                     absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", trace.at, absl::UTCTimeZone())),
        "set the clock, and see to its source (w32tm /query /status, chronyc tracking); certificates and the "
        "order of histories depend on it");
  } else {
    findings->Ok("clock", absl::StrCat("it is ", now, ", and nothing of the broker's is later"));
  }
}

}  // namespace resource_broker::broker
