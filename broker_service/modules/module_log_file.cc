#include "broker_service/modules/module_log_file.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <mutex>

#include "absl/strings/str_split.h"
#include "broker_service/log.h"
#include "broker_service/modules/private_folder.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxFileBytes = 4 << 20;
constexpr size_t kOlderFiles = 1;
constexpr char kPattern[] = "%Y-%m-%dT%H:%M:%S.%e%z %v";

using File = spdlog::sinks::rotating_file_sink_st;

std::vector<std::string> LinesOf(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  // What follows the last line's end.
  lines.pop_back();
  return lines;
}

void CleanUp(std::string* line) {
  while (!line->empty() && (line->back() == '\n' || line->back() == '\r')) line->pop_back();
  *line = ValidUtf8(std::move(*line));
}

}  // namespace

// Its lock is held from the tail that is read to the reader that follows.
class ModuleLogFile::Sink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit Sink(const fs::path& file) : file_(file.native(), kMaxFileBytes, kOlderFiles), path_(file) {
    file_.set_pattern(kPattern);
    set_pattern(kPattern);
  }

  void Read(size_t count, bool follow, const std::shared_ptr<ModuleLogReader>& reader) {
    const std::lock_guard<std::mutex> lock(mutex_);
    file_.flush();
    std::vector<std::string> lines = LinesOf(path_);
    if (lines.size() < count) {
      std::vector<std::string> older = LinesOf(File::calc_filename(path_.native(), 1));
      lines.insert(lines.begin(), std::make_move_iterator(older.begin()), std::make_move_iterator(older.end()));
    }
    if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(count));
    for (std::string& line : lines) CleanUp(&line);
    reader->OnLines(std::move(lines), /*tail=*/true);
    if (follow) readers_.push_back(reader);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    file_.log(message);
    if (readers_.empty()) return;
    spdlog::memory_buf_t formatted;
    formatter_->format(message, formatted);
    std::string line(formatted.data(), formatted.size());
    CleanUp(&line);
    readers_.erase(std::remove_if(readers_.begin(), readers_.end(),
                                  [&line](const std::weak_ptr<ModuleLogReader>& weak) {
                                    const auto reader = weak.lock();
                                    if (reader != nullptr) reader->OnLines({line}, /*tail=*/false);
                                    return reader == nullptr;
                                  }),
                   readers_.end());
  }
  void flush_() override { file_.flush(); }

 private:
  File file_;
  const fs::path path_;
  std::vector<std::weak_ptr<ModuleLogReader>> readers_;
};

std::shared_ptr<ModuleLogFile> ModuleLogFile::Open(const fs::path& folder, const std::string& name) {
  if (absl::Status status = MakePrivateFolder(folder); !status.ok()) {
    LogWarning(LogModule(name), ": ", status.message());
  }
  try {
    // spdlog tells of a file it can't open by an exception; it ends here.
    auto sink = std::make_shared<Sink>(folder / (name + ".log"));
    return std::shared_ptr<ModuleLogFile>(new ModuleLogFile(std::move(sink)));
  } catch (const spdlog::spdlog_ex& fault) {
    LogWarning(LogModule(name), ": its output is dropped: ", fault.what());
    return nullptr;
  }
}

std::shared_ptr<spdlog::sinks::sink> ModuleLogFile::sink() const { return sink_; }

void ModuleLogFile::Read(size_t count, bool follow, const std::shared_ptr<ModuleLogReader>& reader) {
  sink_->Read(count, follow, reader);
}

}  // namespace resource_broker::broker
