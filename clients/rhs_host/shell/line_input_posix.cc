#include <histedit.h>
#include <unistd.h>

#include <iostream>
#include <utility>

#include "absl/strings/match.h"
#include "clients/rhs_host/shell/line_input.h"

namespace resource_broker::rhs_host {
namespace {

class PlainInput : public LineInput {
 public:
  std::optional<std::string> Read(const std::string&) override {
    std::string line;
    if (!std::getline(std::cin, line)) return std::nullopt;
    return line;
  }
};

class EditedInput : public LineInput {
 public:
  explicit EditedInput(Complete complete)
      : complete_(std::move(complete)), editor_(el_init("rhs_host", stdin, stdout, stderr)), history_(history_init()) {
    constexpr int kRemembered = 1000;
    HistEvent event;
    history(history_, &event, H_SETSIZE, kRemembered);
    el_set(editor_, EL_CLIENTDATA, this);
    el_set(editor_, EL_PROMPT, &Prompt);
    el_set(editor_, EL_EDITOR, "emacs");
    el_set(editor_, EL_HIST, history, history_);
    el_set(editor_, EL_ADDFN, "complete", "Completes the word", &CompleteWord);
    el_set(editor_, EL_BIND, "^I", "complete", nullptr);
  }

  ~EditedInput() override {
    history_end(history_);
    el_end(editor_);
  }

  std::optional<std::string> Read(const std::string& prompt) override {
    prompt_ = prompt;
    int length = 0;
    const char* typed = el_gets(editor_, &length);
    if (typed == nullptr || length <= 0) return std::nullopt;
    std::string line(typed, static_cast<size_t>(length));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    HistEvent event;
    if (!line.empty()) history(history_, &event, H_ENTER, line.c_str());
    return line;
  }

 private:
  static EditedInput* Self(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return static_cast<EditedInput*>(self);
  }

  static char* Prompt(EditLine* editor) { return Self(editor)->prompt_.data(); }

  // Inserts what all candidates have in common; where that is nothing more, lists them.
  static unsigned char CompleteWord(EditLine* editor, int) {
    EditedInput* self = Self(editor);
    const LineInfo* info = el_line(editor);
    const std::string typed(info->buffer, info->cursor);
    const std::string word = typed.substr(typed.find_last_of(' ') + 1);
    std::string common;
    std::vector<std::string> fitting;
    for (const std::string& candidate : self->complete_(typed)) {
      if (!absl::StartsWith(candidate, word)) continue;
      if (fitting.empty()) common = candidate;
      while (!absl::StartsWith(candidate, common)) common.pop_back();
      fitting.push_back(candidate);
    }
    if (fitting.empty()) return CC_ERROR;
    if (common.size() > word.size()) {
      std::string more = common.substr(word.size());
      if (fitting.size() == 1 && more.back() != '=') more += ' ';
      return el_insertstr(editor, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
    }
    if (fitting.size() == 1) return el_insertstr(editor, " ") == 0 ? CC_REFRESH : CC_ERROR;
    std::cout << '\n';
    for (const std::string& candidate : fitting) std::cout << candidate << "  ";
    std::cout << std::endl;
    return CC_REDISPLAY;
  }

  const Complete complete_;
  EditLine* const editor_;
  History* const history_;
  std::string prompt_;
};

}  // namespace

std::unique_ptr<LineInput> LineInput::Create(Complete complete) {
  if (isatty(STDIN_FILENO) == 0) return std::make_unique<PlainInput>();
  return std::make_unique<EditedInput>(std::move(complete));
}

}  // namespace resource_broker::rhs_host
