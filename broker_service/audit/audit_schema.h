// The form of the audit log's file.
#pragma once

namespace resource_broker::broker {

// "rbal".
inline constexpr int kAuditApplicationId = 0x7262616c;
inline constexpr int kAuditVersion = 1;

// `age` is in seconds that brokers have run with the file. `retention` has one row: records before `oldest` may go.
inline constexpr char kAuditSchema[] = R"sql(
  CREATE TABLE records (
    sequence INTEGER PRIMARY KEY,
    unix_us INTEGER NOT NULL,
    age INTEGER NOT NULL,
    identity TEXT NOT NULL,
    code INTEGER NOT NULL,
    record BLOB NOT NULL,
    hash BLOB NOT NULL
  );
  CREATE INDEX records_of_identity ON records (identity, sequence);
  CREATE INDEX records_failed ON records (sequence) WHERE code <> 0;
  CREATE TABLE attempts (id INTEGER PRIMARY KEY, record BLOB NOT NULL);
  CREATE TABLE retention (oldest INTEGER NOT NULL);
  INSERT INTO retention VALUES (1);
  CREATE TRIGGER records_do_not_change BEFORE UPDATE ON records
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER records_stay BEFORE DELETE ON records WHEN OLD.sequence >= (SELECT oldest FROM retention)
  BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
  CREATE TRIGGER records_follow BEFORE INSERT ON records
  WHEN NEW.sequence <> (SELECT ifnull(max(sequence), (SELECT oldest FROM retention) - 1) + 1 FROM records)
  BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps'); END;
  CREATE TRIGGER retention_grows BEFORE UPDATE ON retention WHEN NEW.oldest < OLD.oldest
  BEGIN SELECT RAISE(ABORT, 'what may go does not come back'); END;
)sql";

}  // namespace resource_broker::broker
