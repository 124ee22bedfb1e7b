// Numbers, components and backups, over a real socket.
#include <fstream>
#include <limits>

#include "absl/strings/match.h"
#include "broker_service/api/testing/broker_fixture.h"
#include "broker_service/host/platform.h"
#include "broker_service/journal/sqlite.h"
#include "broker_service/sha256.h"
#include "resource_broker/v1/diagnostics.grpc.pb.h"

namespace resource_broker::broker::testing {
namespace {

using ::testing::SizeIs;

namespace fs = std::filesystem;

class DiagnosticsServiceTest : public BrokerTest {
 protected:
  void SetUp() override {
    Start();
    ASSERT_FALSE(HasFatalFailure());
    diagnostics_ = v1::Diagnostics::NewStub(admin_channel_);
    OpenSession();
    ASSERT_TRUE(OpenResource("r").ok());
  }
  bool BackupIsLeft() const {
    for (const fs::directory_entry& entry : fs::directory_iterator(fs::u8path(config_.data_directory()))) {
      if (absl::StrContains(entry.path().filename().u8string(), "backup")) return true;
    }
    return false;
  }

  std::unique_ptr<v1::Diagnostics::Stub> diagnostics_;
};

TEST_F(DiagnosticsServiceTest, Report_HasNumbersAndEveryPart) {
  RunToEnd(Operation("r", "done"));
  v1::DiagnosticsReport report;
  ASSERT_TRUE(diagnostics_->GetDiagnostics(Context().get(), {}, &report).ok());
  EXPECT_EQ(report.process_id(), ProcessId());
  EXPECT_FALSE(report.node().empty());
  EXPECT_GT(report.started_unix_us(), 0);
  EXPECT_GT(report.threads(), 2U);
  // Wine does not count them.
  if (WindowsBuild() == std::numeric_limits<uint32_t>::max()) {
    EXPECT_GT(report.handles(), 5U);
  }
  EXPECT_GT(report.memory_bytes(), 1U << 20);
  EXPECT_GT(report.journal_bytes(), 4096U);
  EXPECT_GT(report.disk_free_bytes(), 0U);
  std::map<std::string, std::string> parts;
  for (const auto& component : report.components()) parts[component.name()] = component.version();
  for (const char* name : {"broker", "gRPC", "protobuf", "OpenSSL", "SQLite", "bridge"}) {
    EXPECT_EQ(parts.count(name), 1U) << name;
  }
  EXPECT_EQ(parts["module m"], "1.0.0");
  EXPECT_EQ(parts["broker"], RESOURCE_BROKER_VERSION);
}

TEST_F(DiagnosticsServiceTest, BackupWhileOperationsRun_IsWholeWithAllThatEndedBeforeIt) {
  for (int i = 0; i < 20; ++i) RunToEnd(Operation("r", "done"));
  // One goes on to write as long as the backup is read.
  const v1::StartOperationRequest running = Operation("r", "flood");
  v1::StartOperationResponse response;
  ASSERT_TRUE(StartOperation(running, &response).ok());
  const auto context = Context();
  const auto reader = diagnostics_->BackUpJournal(context.get(), {});
  const fs::path copy = folder_.path() / "copy.db";
  Sha256 hash;
  uint64_t size = 0;
  std::string sha256;
  {
    std::ofstream stream(copy, std::ios::binary);
    v1::JournalChunk chunk;
    while (reader->Read(&chunk)) {
      EXPECT_LE(chunk.data().size(), 262144U);
      stream << chunk.data();
      hash.Add(chunk.data());
      if (chunk.size() != 0) size = chunk.size();
      if (!chunk.sha256().empty()) sha256 = chunk.sha256();
    }
  }
  const grpc::Status status = reader->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(fs::file_size(copy), size);
  EXPECT_EQ(hash.Finish(), sha256);
  absl::StatusOr<Database> database = Database::Open(copy, Database::Access::kRead);
  EXPECT_EQ(*database->Text("PRAGMA integrity_check"), "ok");
  EXPECT_GE(*database->Integer("SELECT count(*) FROM operations WHERE ended_number IS NOT NULL"), 20);
  EXPECT_FALSE(BackupIsLeft());
  const auto records = door_.RecordsOf("Diagnostics.BackUpJournal");
  ASSERT_THAT(records, SizeIs(1));
  EXPECT_TRUE(records[0].outcome.ok());
}

TEST_F(DiagnosticsServiceTest, BackupIsNotReadOn_EndsAndLeavesNoFileAndTheNextIsTaken) {
  for (int i = 0; i < 3; ++i) RunToEnd(Operation("r", "flood"));
  {
    const auto context = Context();
    const auto reader = diagnostics_->BackUpJournal(context.get(), {});
    v1::JournalChunk chunk;
    ASSERT_TRUE(reader->Read(&chunk));
    // Another one meanwhile, unless all of it has been sent by now.
    const auto second_context = Context();
    const auto second = diagnostics_->BackUpJournal(second_context.get(), {});
    while (second->Read(&chunk)) {
    }
    const grpc::Status refused = second->Finish();
    if (!refused.ok()) {
      EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    }
    context->TryCancel();
    while (reader->Read(&chunk)) {
    }
    reader->Finish();
  }
  grpc::Status status;
  do {
    const auto context = Context();
    const auto reader = diagnostics_->BackUpJournal(context.get(), {});
    v1::JournalChunk chunk;
    while (reader->Read(&chunk)) {
    }
    status = reader->Finish();
    // The one before ends in a moment.
  } while (status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_FALSE(BackupIsLeft());
}

}  // namespace
}  // namespace resource_broker::broker::testing
