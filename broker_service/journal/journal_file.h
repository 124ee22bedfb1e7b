// The journal's file: ours alone, whole, and in today's form.
#pragma once

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "broker_service/journal/lock_file.h"
#include "broker_service/journal/sqlite.h"

namespace resource_broker::broker {

struct JournalFileOptions {
  // How long another process that has it open is waited for.
  absl::Duration lock_wait;
  // CheckJournalFile has found it whole a moment ago, and it has been in a broker's hands since: what takes long is not
  // looked at again.
  bool checked = false;
};

struct OpenedJournalFile {
  // Held as long as the journal is in use: no second broker opens it meanwhile. A file of its own beside the journal,
  // `<file>.lock`, since the journal itself is read by a second connection while it is written.
  LockFile lock;
  Database database;
  // A damaged file that was moved aside, and what was found in it; else empty.
  std::string notice;
};

// Opens it, makes it where there is none, and checks it. One that is damaged is moved aside as
// <file>.damaged-<UTC time>, with what belongs to it, and a new one is begun. An error names the file and says what to
// do: FailedPrecondition it is another program's, a newer broker's, or in use by another process; NotFound or
// PermissionDenied it can't be written.
absl::StatusOr<OpenedJournalFile> OpenJournalFile(const std::filesystem::path& file, const JournalFileOptions& options);

// Whether OpenJournalFile would take the file as it is, while a broker works with it: which goes on undisturbed, and
// nothing is changed. Errors as there, and DataLoss where it is damaged. OK where there is none.
absl::Status CheckJournalFile(const std::filesystem::path& file);

// What OpenJournalFile would do to the file that there is no way back from, in words for an administrator; empty:
// nothing, as far as can be seen. A broker may work with it meanwhile.
std::string WhatOpeningChanges(const std::filesystem::path& file);

}  // namespace resource_broker::broker
