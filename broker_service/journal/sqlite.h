// The little of SQLite's C interface the journal needs, with owners for its handles and Status for its codes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace resource_broker::broker {

// One prepared statement, used again and again. Places are counted from 1 and columns from 0, as SQLite does. What is
// not bound is null. Text and blobs that are bound must live until the statement is reset.
class Statement {
 public:
  Statement() = default;

  Statement& Bind(int place, int64_t value);
  Statement& BindText(int place, std::string_view text);
  Statement& BindBlob(int place, std::string_view bytes);

  // True: there is a row. False: it is done, and reset. An error resets it as well.
  absl::StatusOr<bool> Step();
  // For one without rows of interest.
  absl::Status Run();
  // Needed only where rows are left unread.
  void Reset();

  bool IsNull(int column) const;
  int64_t Integer(int column) const;
  std::string_view Bytes(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

// One connection, for one thread at a time. Errors name the file: NotFound it can't be opened; DataLoss it is damaged
// or no database; ResourceExhausted the disk is full; AlreadyExists a unique value is there; Aborted another process
// has it locked; PermissionDenied it can't be written; Unavailable all the rest.
class Database {
 public:
  enum class Access { kReadWriteCreate, kRead };
  static absl::StatusOr<Database> Open(const std::filesystem::path& file, Access access);

  // Whether the end of the file's last connection moves the write-ahead log into it. It does unless told otherwise.
  void SetCheckpointOnClose(bool wanted);

  // A commit of this connection that makes the write-ahead log long moves it into the file by itself. After this it
  // does not: Checkpoint does.
  void CheckpointByHand();
  // So many pages the log has had since it was begun anew, as the last commit left it.
  int log_pages() const { return log_pages_ == nullptr ? 0 : *log_pages_; }
  // Moves what no reader needs where it is; the log is begun anew by the next commit that finds all of it moved.
  absl::Status Checkpoint();

  absl::Status Execute(const std::string& sql);
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  absl::Status PrepareAll(std::initializer_list<std::pair<Statement*, std::string>> statements);
  // The first column of the first row.
  absl::StatusOr<int64_t> Integer(const std::string& sql);
  absl::StatusOr<std::string> Text(const std::string& sql);

  // Copies all of it, as it is now, to the empty `copy`, some pages at a time; other connections may write
  // meanwhile. `go_on` is asked between two steps; Cancelled if it says no.
  absl::Status CopyTo(Database* copy, const std::function<bool()>& go_on);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  // Where SQLite writes it; before `database_`, which it must outlive.
  std::unique_ptr<int> log_pages_;
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace resource_broker::broker
