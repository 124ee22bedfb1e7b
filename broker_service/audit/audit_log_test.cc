#include "broker_service/audit/audit_log.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "broker_service/log.h"
#include "broker_service/modules/testing/installed_modules.h"
#include "broker_service/operations/testing/fake_time.h"

namespace resource_broker::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::AuditRecord Record(const std::string& identity, uint32_t code = 0) {
  v1::AuditRecord record;
  record.set_identity(identity);
  record.set_method("Queue.PauseQueue");
  record.set_from("10.0.0.1:5");
  record.set_code(code);
  return record;
}

class AuditLogTest : public ::testing::Test {
 protected:
  AuditLogTest() { SetLogLevel(LogLevel::kError); }

  void Open() {
    AuditOptions options;
    options.file = file_;
    options.limits = limits_;
    options.clock = &time_;
    log_ = std::make_unique<AuditLog>(options);
  }
  // Ends the log. Newest first.
  std::vector<v1::AuditRecord> Records(const v1::ListAuditRecordsRequest& request = {}) {
    log_->Stop();
    auto reader = AuditReader::Open(file_);
    EXPECT_TRUE(reader.ok()) << reader.status();
    const auto listed = reader->List(request);
    EXPECT_TRUE(listed.ok()) << listed.status();
    return {listed->records().begin(), listed->records().end()};
  }
  absl::Status Execute(const std::string& sql) {
    return Database::Open(file_, Database::Access::kReadWriteCreate)->Execute("PRAGMA busy_timeout = 60000; " + sql);
  }

  testing::TemporaryFolder folder_;
  const std::filesystem::path file_ = folder_.path() / "audit.db";
  testing::FakeTime time_;
  AuditLimits limits_;
  std::unique_ptr<AuditLog> log_;
};

TEST_F(AuditLogTest, ChangesAndTheirOutcomes_AreThereAfterARestartInAChain) {
  Open();
  for (const char* identity : {"a", "b", "a"}) {
    const auto attempt = log_->Begin(Record(identity));
    ASSERT_TRUE(attempt.ok()) << attempt.status();
    log_->Add(Record(identity), *attempt);
  }
  log_->Stop();
  Open();
  log_->Add(Record("c", 9), 0);
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 4U);
  EXPECT_EQ(records[0].identity(), "c");
  std::string before;
  for (size_t i = 4; i-- > 0;) {
    EXPECT_EQ(records[i].sequence(), 4 - i);
    EXPECT_EQ(records[i].hash(), AuditHash(before, records[i]));
    EXPECT_NE(records[i].unix_us(), 0);
    before = records[i].hash();
  }
  EXPECT_THAT(log_->Notices(), IsEmpty());
}

TEST_F(AuditLogTest, BrokerThatDiedInAChange_LeavesARecordThatSaysSo) {
  Open();
  ASSERT_TRUE(log_->Begin(Record("a")).ok());
  // Its outcome never comes.
  log_->Stop();
  Open();
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].identity(), "a");
  EXPECT_EQ(records[0].code(), 2U);
  EXPECT_THAT(records[0].message(), HasSubstr("may have been done or not"));
}

TEST_F(AuditLogTest, Records_CanNeitherBeChangedNorRemovedNorPutInBetween) {
  Open();
  log_->Add(Record("a"), 0);
  log_->Add(Record("b"), 0);
  log_->Stop();
  EXPECT_THAT(Execute("UPDATE records SET identity = 'x'").message(), HasSubstr("append-only"));
  EXPECT_THAT(Execute("DELETE FROM records WHERE sequence = 1").message(), HasSubstr("append-only"));
  EXPECT_THAT(Execute("INSERT INTO records VALUES (7, 0, 0, '', 0, x'', x'')").message(), HasSubstr("no gaps"));
}

TEST_F(AuditLogTest, RecordChangedFromOutside_IsNoticed) {
  Open();
  log_->Add(Record("a"), 0);
  log_->Add(Record("b"), 0);
  log_->Add(Record("c"), 0);
  log_->Stop();
  ASSERT_TRUE(Execute("DROP TRIGGER records_do_not_change; UPDATE records SET record = "
                      "(SELECT record FROM records WHERE sequence = 1) WHERE sequence = 2")
                  .ok());
  Open();
  EXPECT_THAT(log_->Notices(), ElementsAre(HasSubstr("record 2 does not follow")));
}

TEST_F(AuditLogTest, MoreRecordsThanAreKept_TheOldestGo) {
  limits_.max_records = 10;
  Open();
  for (int i = 0; i < 25; ++i) log_->Add(Record(absl::StrCat(i)), 0);
  log_->Stop();
  Open();
  log_->Add(Record("last"), 0);
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 10U);
  EXPECT_EQ(records.front().sequence(), 26U);
  EXPECT_EQ(records.back().sequence(), 17U);
}

TEST_F(AuditLogTest, RecordsOlderThanTheirDays_GoWhileABrokerRuns) {
  limits_.max_age = absl::Hours(24);
  Open();
  log_->Add(Record("old"), 0);
  log_->Stop();
  Open();
  log_->Stop();
  Open();
  time_.Advance(absl::Hours(25));
  log_->Add(Record("new"), 0);
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].identity(), "new");
}

TEST_F(AuditLogTest, Filters_AndPages) {
  Open();
  for (int i = 1; i <= 9; ++i) log_->Add(Record(i % 2 == 0 ? "even" : "odd", i % 3 == 0 ? 7 : 0), 0);
  v1::ListAuditRecordsRequest request;
  request.set_identity("even");
  std::vector<uint64_t> sequences;
  for (const v1::AuditRecord& record : Records(request)) sequences.push_back(record.sequence());
  EXPECT_THAT(sequences, ElementsAre(8, 6, 4, 2));
  request.set_failures_only(true);
  EXPECT_THAT(Records(request), ::testing::SizeIs(1));
  request.Clear();
  request.set_page_size(4);
  auto reader = AuditReader::Open(file_);
  sequences.clear();
  do {
    const auto page = reader->List(request);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const v1::AuditRecord& record : page->records()) sequences.push_back(record.sequence());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(sequences, ElementsAre(9, 8, 7, 6, 5, 4, 3, 2, 1));
  request.set_page_token("nonsense");
  EXPECT_TRUE(absl::IsInvalidArgument(reader->List(request).status()));
  request.Clear();
  request.set_before_unix_us(1);
  EXPECT_THAT(Records(request), IsEmpty());
}

TEST_F(AuditLogTest, DamagedFile_IsMovedAsideAndSaid) {
  testing::WriteFile(file_, std::string(10000, 'x'));
  Open();
  EXPECT_THAT(log_->Notices(), ElementsAre(HasSubstr("was moved to")));
  log_->Add(Record("a"), 0);
  EXPECT_THAT(Records(), ::testing::SizeIs(1));
}

TEST_F(AuditLogTest, DiskThatTakesNothing_RefusesChangesUntilItDoesAndLosesNoOutcome) {
  Open();
  const auto attempt = log_->Begin(Record("a"));
  ASSERT_TRUE(attempt.ok());
  log_->Stop();
  // As full as a disk can be.
  ASSERT_TRUE(Execute("CREATE TRIGGER full BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'disk full'); END").ok());
  AuditOptions options;
  options.file = file_;
  options.clock = &time_;
  options.retry = absl::Milliseconds(1);
  log_ = std::make_unique<AuditLog>(options);
  EXPECT_THAT(log_->Begin(Record("b")).status().message(), HasSubstr("disk full"));
  log_->Add(Record("c"), 0);
  ASSERT_TRUE(Execute("DROP TRIGGER full").ok());
  absl::StatusOr<uint64_t> begun = log_->Begin(Record("d"));
  for (const absl::Time until = absl::Now() + absl::Seconds(60); !begun.ok() && absl::Now() < until;) {
    absl::SleepFor(absl::Milliseconds(1));
    begun = log_->Begin(Record("d"));
  }
  ASSERT_TRUE(begun.ok()) << begun.status();
  log_->Add(Record("d"), *begun);
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].identity(), "d");
  EXPECT_EQ(records[1].identity(), "c");
  EXPECT_EQ(records[2].identity(), "a");
}

TEST_F(AuditLogTest, RefusalsOfOneKindWithinAMinute_AreOneRecordMore) {
  Open();
  for (int i = 0; i < 50; ++i) log_->AddRefused(Record("a", 7));
  log_->AddRefused(Record("b", 7));
  const std::vector<v1::AuditRecord> records = Records();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].repeated(), 49U);
  EXPECT_EQ(records[0].identity(), "a");
}

}  // namespace
}  // namespace resource_broker::broker
