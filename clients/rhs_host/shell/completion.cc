#include "clients/rhs_host/shell/completion.h"

#include <map>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace resource_broker::rhs_host {
namespace {

using Words = std::vector<std::string>;

struct Command {
  // It is followed by a resource's name.
  bool resource;
  Words arguments;
};

const std::map<std::string, Command>& Commands() {
  static const auto* const commands = [] {
    const Words buffer = {"in=hex:", "in=text:", "in=utf16:", "in=fill:", "in=@", "in-size=", "reserved=", "expect="};
    Words online = {"flags="};
    online.insert(online.end(), buffer.begin(), buffer.end());
    Words offline = {"dest=", "dest-hex="};
    offline.insert(offline.end(), online.begin(), online.end());
    const Words control = {"code=", "out=", "in=hex:", "in=text:", "in=@", "expect="};
    const Words conditions = {
        "state=Online", "state=Offline", "state=Failed", "checkpoints>=", "reports>=", "final-reports=",
        "checkpoint=",  "app=",          "last=",        "return-under=", "alive=",    "pending=",
        "locked=",      "failures=",     "violations=",  "timeout="};
    return new std::map<std::string, Command>{
        {"startup", {false, {"type=", "min=", "max=", "expect="}}},
        {"open", {true, {"type=", "flags=", "pending-timeout=", "expect="}}},
        {"online", {true, online}},
        {"offline", {true, offline}},
        {"looks", {true, {"expect="}}},
        {"alive", {true, {"expect="}}},
        {"control", {true, control}},
        {"type-control", {false, control}},
        {"terminate", {true, {}}},
        {"cancel", {true, {"flags=", "expect="}}},
        {"close", {true, {}}},
        {"wait", {true, conditions}},
        {"expect", {true, conditions}},
        {"property", {true, {}}},
        {"sleep", {false, {}}},
        {"print", {false, {}}},
        {"join", {false, {}}},
        {"help", {false, {}}},
        {"quit", {false, {}}},
    };
  }();
  return *commands;
}

}  // namespace

std::vector<std::string> Candidates(const std::string& line, const std::vector<std::string>& resources) {
  Words words = absl::StrSplit(line, ' ', absl::SkipWhitespace());
  if (!words.empty() && words.front() == "&") words.erase(words.begin());
  // Of the last word, unless a space ends it, the beginning is typed.
  const size_t complete = words.size() - (!words.empty() && line.back() != ' ' ? 1 : 0);
  if (complete == 0) {
    Words names;
    for (const auto& [name, command] : Commands()) names.push_back(name);
    return names;
  }
  const auto command = Commands().find(words.front());
  if (command == Commands().end()) return {};
  return command->second.resource && complete == 1 ? resources : command->second.arguments;
}

}  // namespace resource_broker::rhs_host
