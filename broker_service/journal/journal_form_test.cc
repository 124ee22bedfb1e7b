// The forms of the journal's file: of brokers before this one, and of later ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "broker_service/journal/journal_file.h"
#include "broker_service/journal/schema.h"
#include "broker_service/journal/testing/journal_writes.h"
#include "broker_service/journal/testing/sqlite_journal_test_base.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

namespace fs = std::filesystem;

using JournalFormTest = SqliteJournalTestBase;

TEST_F(JournalFormTest, WrittenByANewerBroker_RefusedAndUntouched) {
  ASSERT_TRUE(Open().ok());
  Fill(1, 3);
  journal_.reset();
  ASSERT_TRUE(Database::Open(file_, Database::Access::kReadWriteCreate)->Execute("PRAGMA user_version = 99").ok());
  const absl::Status status = Open();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("newer broker"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("99"));
}

TEST_F(JournalFormTest, OlderForm_IsBroughtUpToDateAtOnceOrNotAtAll) {
  fs::create_directories(file_.parent_path());
  Database file = Database::Open(file_, Database::Access::kReadWriteCreate).value();
  const std::vector<Migration> first = {"CREATE TABLE a (x);"};
  const std::vector<Migration> second = {"CREATE TABLE a (x);", "CREATE TABLE b (x);"};
  const std::vector<Migration> broken = {"", "", "CREATE TABLE c (x);", "no SQL;"};
  ASSERT_TRUE(Migrate(&file, first).ok());
  ASSERT_TRUE(Migrate(&file, second).ok());
  EXPECT_FALSE(Migrate(&file, broken).ok());
  EXPECT_EQ(*file.Integer("PRAGMA user_version"), 2);
  EXPECT_EQ(*file.Integer("SELECT count(*) FROM sqlite_schema"), 2);
  EXPECT_TRUE(absl::IsFailedPrecondition(Migrate(&file, first)));
}

TEST_F(JournalFormTest, OlderForm_ItIsSaidBeforeThatThereIsNoWayBack) {
  EXPECT_EQ(WhatOpeningChanges(file_), "");
  fs::create_directories(file_.parent_path());
  {
    Database file = Database::Open(file_, Database::Access::kReadWriteCreate).value();
    ASSERT_TRUE(Migrate(&file, {JournalMigrations().front()}).ok());
  }
  EXPECT_THAT(WhatOpeningChanges(file_), HasSubstr("from version 1 of its form to version 4"));
  ASSERT_TRUE(Open().ok());
  EXPECT_EQ(WhatOpeningChanges(file_), "");
}

TEST_F(JournalFormTest, JournalOfABrokerBefore_IsListedByAllFilters) {
  fs::create_directories(file_.parent_path());
  {
    Database file = Database::Open(file_, Database::Access::kReadWriteCreate).value();
    ASSERT_TRUE(Migrate(&file, {JournalMigrations()[0], JournalMigrations()[1]}).ok());
    v1::OperationRequest request;
    request.set_id(Id(1));
    request.set_resource("r");
    request.set_module("m");
    request.set_kind(v1::OFFLINE);
    request.set_destination_node("N2");
    v1::Event event = MakeEvent(1, v1::ACCEPTED);
    event.set_time_unix_us(5000000);
    const std::string request_bytes = request.SerializeAsString();
    const std::string first = event.SerializeAsString();
    event = MakeEvent(2, v1::FAILED);
    event.set_time_unix_us(9000000);
    const std::string last = event.SerializeAsString();
    Statement insert, insert_event;
    ASSERT_TRUE(file.PrepareAll({{&insert,
                                  "INSERT INTO operations (number, id, resource, request, module_step, ended_number, "
                                  "ended_at) VALUES (1, ?1, 'r', ?2, 0, 1, 7)"},
                                 {&insert_event, "INSERT INTO events VALUES (1, ?1, ?2)"}})
                    .ok());
    const std::string id = Id(1);
    ASSERT_TRUE(insert.BindBlob(1, id).BindBlob(2, request_bytes).Run().ok());
    ASSERT_TRUE(insert_event.Bind(1, 1).BindBlob(2, first).Run().ok());
    ASSERT_TRUE(insert_event.Bind(1, 2).BindBlob(2, last).Run().ok());
  }
  ASSERT_TRUE(Open().ok());
  v1::ListOperationsRequest list;
  list.set_module("m");
  list.set_kind(v1::OFFLINE);
  list.set_destination_node("n2");
  list.add_last_events(v1::FAILED);
  list.set_accepted_from_unix_us(5000000);
  list.set_accepted_before_unix_us(5000001);
  EXPECT_THAT(journal_->List(list)->operations(), SizeIs(1));
  EXPECT_EQ(journal_->LastEnd(), 1U);
  EndedQuery query;
  query.up_to = 1;
  query.limit = 1;
  query.from_unix_us = 9000000;
  EXPECT_THAT(journal_->Ended(query)->operations, SizeIs(1));
}

// Its events are all where a broker of before put them.
TEST_F(JournalFormTest, PendingOperationOfABrokerBefore_GoesOnWhereItWas) {
  fs::create_directories(file_.parent_path());
  {
    Database file = Database::Open(file_, Database::Access::kReadWriteCreate).value();
    const std::vector<Migration>& all = JournalMigrations();
    ASSERT_TRUE(Migrate(&file, {all[0], all[1], all[2]}).ok());
    v1::OperationRequest request;
    request.set_id(Id(1));
    request.set_resource("r");
    const std::string id = Id(1);
    const std::string request_bytes = request.SerializeAsString();
    Statement insert, insert_event;
    ASSERT_TRUE(file.PrepareAll({{&insert,
                                  "INSERT INTO operations (number, id, resource, request, module_step, last_event) "
                                  "VALUES (7, ?1, 'r', ?2, 3, 3)"},
                                 {&insert_event, "INSERT INTO events VALUES (7, ?1, ?2)"}})
                    .ok());
    ASSERT_TRUE(insert.BindBlob(1, id).BindBlob(2, request_bytes).Run().ok());
    for (const auto& [sequence, kind] : {std::pair(1, v1::ACCEPTED), std::pair(2, v1::RUNNING)}) {
      const std::string event = MakeEvent(static_cast<uint64_t>(sequence), kind).SerializeAsString();
      ASSERT_TRUE(insert_event.Bind(1, sequence).BindBlob(2, event).Run().ok());
    }
  }
  ASSERT_TRUE(Open().ok());
  const auto contents = journal_->Load();
  ASSERT_TRUE(contents.ok()) << contents.status();
  ASSERT_THAT(contents->pending, SizeIs(1));
  EXPECT_THAT(contents->pending[0].events, SizeIs(2));
  EXPECT_EQ(contents->pending[0].module_step, 3U);
  EXPECT_EQ(journal_->List({})->operations(0).events(0).kind(), v1::RUNNING);
  EXPECT_TRUE(absl::IsFailedPrecondition(Write(journal_.get(), 1, {MakeEvent(4, v1::SUCCEEDED)}, false)));
  // Newer than that one, and before it in a list.
  ASSERT_TRUE(Write(journal_.get(), 2, {MakeEvent(1, v1::ACCEPTED)}, true).ok());
  EXPECT_EQ(journal_->List({})->operations(0).operation().id(), Id(2));
  ASSERT_TRUE(Write(journal_.get(), 1, {MakeEvent(3, v1::SUCCEEDED)}, false).ok());
  EXPECT_THAT(journal_->Find(Id(1))->events(), SizeIs(3));
  EXPECT_THAT(journal_->Load()->pending, SizeIs(1));
}

}  // namespace
}  // namespace resource_broker::broker::testing
