// Lines as a person types them: with history and completion where the system has them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace resource_broker::rhs_host {

class LineInput {
 public:
  // All words that could stand at the end of `line`, each in whole, given what is typed so far.
  using Complete = std::function<std::vector<std::string>(const std::string& line)>;

  // Of standard input. Where that is no terminal, lines are read plainly, and there is no prompt. Natively libedit
  // edits them; on Windows the console itself does, which keeps a history but completes nothing.
  static std::unique_ptr<LineInput> Create(Complete complete);
  virtual ~LineInput() = default;

  // The next line without its end, UTF-8; nothing at the end of input.
  virtual std::optional<std::string> Read(const std::string& prompt) = 0;
};

}  // namespace resource_broker::rhs_host
