#include "broker_service/panic/panic.h"

#include <cstdio>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "broker_service/host/platform.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/panic/panic_line.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

void Rotate(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  // One that can't be moved, because a broker before this one has it open, is moved at the next start.
  if (!error && size > kMaxPanicBytes) fs::rename(file, fs::path(file).concat(".1"), error);
}

}  // namespace

absl::Status BindErrors(const fs::path& file) {
  if (absl::Status status = MakePrivateFolder(file.parent_path()); !status.ok()) return status;
  Rotate(file);
  if (absl::Status status = RedirectErrors(file); !status.ok()) return status;
  const std::string time = absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::Now(), absl::UTCTimeZone());
  fprintf(stderr, "%s resource_broker %s, process %u, begins\n", time.c_str(), RESOURCE_BROKER_VERSION, ProcessId());
  if (const std::string hint = CoreHint(); !hint.empty()) fprintf(stderr, "%s\n", hint.c_str());
  fflush(stderr);
  return absl::OkStatus();
}

void InstallPanicHandlers(const fs::path& dumps) {
  NoteTerminateReason();
  InstallCrashHandlers(dumps);
}

}  // namespace resource_broker::broker
