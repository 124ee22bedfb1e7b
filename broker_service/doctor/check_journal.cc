#include <system_error>

#include "absl/strings/str_cat.h"
#include "broker_service/doctor/checks.h"
#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/schema.h"

namespace resource_broker::broker {

void CheckJournal(const Installation& installation, Findings* findings) {
  const std::filesystem::path file = JournalFile(installation.config);
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    findings->Ok("journal", absl::StrCat("there is no ", file.u8string(), " yet: the first start makes it"));
    return;
  }
  const absl::Status status = CheckJournalFile(file);
  if (absl::IsDataLoss(status)) {
    findings->Error(
        "journal", std::string(status.message()),
        "restart the broker, which moves it aside and begins a new one, and find out what damaged it (disk, "
        "virus scanner, a copy of a running virtual machine)");
  } else if (!status.ok()) {
    findings->Error("journal", std::string(status.message()), "do what the message says, then start the broker");
  } else if (const std::string changes = WhatOpeningChanges(file); !changes.empty()) {
    findings->Warning("journal", changes, "copy the file first, if the broker of before may be needed again");
  } else {
    findings->Ok("journal", absl::StrCat(file.u8string(), " is whole and has version ", JournalMigrations().size(),
                                         " of its form, which this program writes"));
  }
}

}  // namespace resource_broker::broker
