// The journal's tables, and how an older form becomes this one.
#pragma once

#include <vector>

#include "absl/status/status.h"
#include "broker_service/journal/sqlite.h"

namespace resource_broker::broker {

// In SQLite's header of every journal: "RBJ1".
inline constexpr int64_t kJournalApplicationId = 0x52424a31;

// One step from a form to the next: SQL, and then perhaps what SQL can't say.
struct Migration {
  Migration(const char* statements, absl::Status (*rest)(Database*) = nullptr) : sql(statements), fill(rest) {}

  const char* sql;
  absl::Status (*fill)(Database*);
};

// What makes version n + 1 of version n, for n from 0, which is an empty file.
const std::vector<Migration>& JournalMigrations();

// Whether Migrate can take it. Its errors.
absl::Status CheckForm(Database* database, const std::vector<Migration>& migrations);

// Brings the database to the last of `migrations`, in one transaction. FailedPrecondition: it is another program's, or
// from a newer broker; the message says what to do.
absl::Status Migrate(Database* database, const std::vector<Migration>& migrations);

}  // namespace resource_broker::broker
