#include "clients/brokerctl/journal_commands.h"

#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "broker_service/sha256.h"
#include "clients/brokerctl/brokerctl.pb.h"
#include "clients/brokerctl/words.h"
#include "resource_broker/v1/diagnostics.grpc.pb.h"

namespace resource_broker::brokerctl {
namespace {

namespace fs = std::filesystem;

// What is received, until all of it is there and in order; else nothing of it stays.
class UnfinishedFile {
 public:
  explicit UnfinishedFile(const fs::path& file)
      : file_(file),
        unfinished_(fs::path(file).concat(".part")),
        stream_(unfinished_, std::ios::binary | std::ios::trunc) {}
  ~UnfinishedFile() {
    stream_.close();
    std::error_code ignored;
    fs::remove(unfinished_, ignored);
  }
  UnfinishedFile(const UnfinishedFile&) = delete;
  UnfinishedFile& operator=(const UnfinishedFile&) = delete;

  bool Write(const std::string& bytes) { return static_cast<bool>(stream_ << bytes); }
  absl::Status Finish() {
    stream_.close();
    std::error_code error;
    if (stream_) fs::rename(unfinished_, file_, error);
    return stream_ && !error ? absl::OkStatus() : Failed();
  }
  absl::Status Failed() const {
    return absl::FailedPreconditionError(absl::StrCat(file_.u8string(), ": can't be written"));
  }

 private:
  const fs::path file_;
  const fs::path unfinished_;
  std::ofstream stream_;
};

absl::Status Damaged(const std::string& what) {
  return absl::DataLossError(absl::StrCat("the backup did not arrive whole: ", what));
}

absl::StatusOr<Answer> BackUp(const Node& node, const std::string& name, bool overwrite, Progress& progress) {
  const fs::path file = fs::u8path(name);
  std::error_code error;
  if (!overwrite && fs::exists(file, error)) {
    return absl::AlreadyExistsError(absl::StrCat(name, " is there already; say --overwrite, or another name"));
  }
  if (absl::StatusOr<v1::GetStatusResponse> there = node.Status(/*without_resources=*/true); !there.ok()) {
    return there.status();
  }
  UnfinishedFile unfinished(file);
  v1::Diagnostics::Stub stub(node.channel());
  grpc::ClientContext context;
  const std::unique_ptr<grpc::ClientReader<v1::JournalChunk>> reader = stub.BackUpJournal(&context, {});
  broker::Sha256 hash;
  v1::JournalChunk chunk;
  JournalBackup backup;
  uint64_t size = 0;
  std::string wanted_hash;
  bool written = true;
  for (bool first = true; written && reader->Read(&chunk); first = false) {
    if (first) {
      size = chunk.size();
      progress.Begin(absl::StrCat("back up ", file.filename().u8string()), size);
    }
    hash.Add(chunk.data());
    written = unfinished.Write(chunk.data());
    backup.set_bytes(backup.bytes() + chunk.data().size());
    wanted_hash = chunk.sha256();
    progress.Done(backup.bytes());
  }
  if (!written) context.TryCancel();
  const grpc::Status status = reader->Finish();
  if (!written) return unfinished.Failed();
  if (!status.ok()) return node.Explain(status);
  if (backup.bytes() != size) return Damaged(absl::StrCat(backup.bytes(), " of ", size, " bytes"));
  const std::string found_hash = hash.Finish();
  if (wanted_hash.empty() || found_hash != wanted_hash) return Damaged("its SHA-256 is not the one the broker names");
  if (absl::Status finished = unfinished.Finish(); !finished.ok()) return finished;
  backup.set_file(name);
  backup.set_sha256(absl::BytesToHexString(found_hash));
  const std::string line = absl::StrCat(name, ", ", FormatBytes(size), ", SHA-256 ", backup.sha256());
  return AnswerOf(std::move(backup), {Lines({line})});
}

}  // namespace

void AddJournalCommands(CLI::App* app, Command* chosen) {
  struct Values {
    std::string file;
    bool overwrite = false;
  };
  const auto values = std::make_shared<Values>();
  CLI::App* journal = AddGroup(app, "journal", "The journal of a running broker");
  CLI::App* backup = AddCommand(journal, "backup", "A consistent copy of it, an SQLite file",
                                "  brokerctl --node n1:7443 journal backup n1-journal.sqlite");
  backup->add_option("FILE", values->file, "Where to, here")->required();
  backup->add_flag("--overwrite", values->overwrite, "In place of what is there");
  backup->callback([chosen, values] {
    chosen->one_node = true;
    chosen->work = [values](const Node& node, Progress& progress) {
      return BackUp(node, values->file, values->overwrite, progress);
    };
  });
}

}  // namespace resource_broker::brokerctl
