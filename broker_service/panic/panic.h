// What is left of a process that ends badly: a line, and a dump or a core.
//
// A service has no console. What is written to stderr just before an end (a failed check of gRPC or Abseil, a
// sanitizer's report, the line of this file) goes to a file of its own, <data>/logs/panic.log, and not through the
// log, which may be what fails.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"

namespace resource_broker::broker {

// At the start of a service a panic file that is larger becomes <file>.1, in place of the one before.
inline constexpr std::uintmax_t kMaxPanicBytes = 1 << 20;

// Crashes whose dumps are kept (Windows).
inline constexpr size_t kKeptDumps = 5;

// From now on stderr (descriptor 2, and on Windows the handle STD_ERROR_HANDLE) is `file`, whose folder is made if it
// is missing, for this account alone. A line says which process writes what follows. After an error stderr is what it
// was.
absl::Status BindErrors(const std::filesystem::path& file);

// Installs what writes that line when the process ends by std::terminate, SIGABRT or a fault of the processor: time,
// version, process and reason. Windows: and a minidump in `dumps`, of which the newest kKeptDumps are kept, so that the
// process ends with the exception's code (3 for an abort). Natively the line says where the kernel puts the core, and
// the process ends by its signal. Handlers that are there already, as a sanitizer's, stay. Once, before the first
// thread.
void InstallPanicHandlers(const std::filesystem::path& dumps);

// --- The platform's part ---

// stderr becomes `file`, at its end.
absl::Status RedirectErrors(const std::filesystem::path& file);

// Handlers of the platform; what they end with is in InstallPanicHandlers.
void InstallCrashHandlers(const std::filesystem::path& dumps);

// Where a core goes, in one line; empty on Windows.
std::string CoreHint();

}  // namespace resource_broker::broker
