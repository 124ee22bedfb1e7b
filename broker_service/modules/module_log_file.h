// Where the log of a module goes, and how it is read.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace spdlog::sinks {
class sink;
}

namespace resource_broker::broker {

// Who reads a module's log. Called with the log held: it must not block, nor write to it.
class ModuleLogReader {
 public:
  virtual ~ModuleLogReader() = default;
  // In order, without a gap or a double; UTF-8, whatever the module wrote. `tail`: they were there before.
  virtual void OnLines(std::vector<std::string> lines, bool tail) = 0;
};

// <folder>/<name>.log, for all processes of one module: two files of at most 4 MiB, the older one renamed. Thread-safe.
class ModuleLogFile {
 public:
  // Null, and a warning, where it can't be written.
  static std::shared_ptr<ModuleLogFile> Open(const std::filesystem::path& folder, const std::string& name);

  // Each message to it is a line.
  std::shared_ptr<spdlog::sinks::sink> sink() const;

  // Gives `reader` the newest lines, at most `count`, before it returns; with `follow`, then each that is written,
  // until its last owner lets go of it. Reads the disk, for some milliseconds.
  void Read(size_t count, bool follow, const std::shared_ptr<ModuleLogReader>& reader);

 private:
  class Sink;

  explicit ModuleLogFile(std::shared_ptr<Sink> sink) : sink_(std::move(sink)) {}

  const std::shared_ptr<Sink> sink_;
};

}  // namespace resource_broker::broker
