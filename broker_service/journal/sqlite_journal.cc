#include "broker_service/journal/sqlite_journal.h"

#include <utility>

namespace resource_broker::broker {

absl::StatusOr<std::unique_ptr<SqliteJournal>> SqliteJournal::Open(const std::filesystem::path& file,
                                                                   const JournalOptions& options) {
  absl::StatusOr<OpenedJournalFile> opened = OpenJournalFile(file, options.file);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<SqliteJournal> journal(new SqliteJournal());
  journal->file_ = file;
  journal->lock_ = std::move(opened->lock);
  journal->notice_ = std::move(opened->notice);
  absl::StatusOr<std::unique_ptr<JournalWriter>> writer = JournalWriter::Start(std::move(opened->database), options);
  if (!writer.ok()) return writer.status();
  journal->writer_ = *std::move(writer);
  for (std::unique_ptr<JournalReader>* reader : {&journal->finds_, &journal->lists_}) {
    absl::StatusOr<std::unique_ptr<JournalReader>> made = JournalReader::Open(file);
    if (!made.ok()) return made.status();
    *reader = *std::move(made);
  }
  return journal;
}

void SqliteJournal::Close() {
  writer_->Stop();
  finds_->Close();
  lists_->Close();
  writer_->Close();
  lock_ = LockFile();
}

void SqliteJournal::Append(JournalWrite write, Durable durable) {
  writer_->Append(std::move(write), std::move(durable));
}

void SqliteJournal::SaveState(ResourceRecord record, Durable durable) {
  writer_->SaveState(std::move(record), std::move(durable));
}

void SqliteJournal::SaveLock(ResourceRecord record, Durable durable) {
  writer_->SaveLock(std::move(record), std::move(durable));
}

void SqliteJournal::SavePause(PauseRecord record, Durable durable) {
  writer_->SavePause(std::move(record), std::move(durable));
}

}  // namespace resource_broker::broker
