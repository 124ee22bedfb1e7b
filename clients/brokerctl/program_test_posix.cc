// The program itself, as shells start it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "clients/brokerctl/testing/cluster.h"

namespace resource_broker::brokerctl {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Ran {
  int exit_code;
  std::string out;
};

// A script of a shell with the program on its path, without configuration of this machine's.
Ran Shell(const std::string& shell, const ipc::testing::TemporaryFolder& folder, const std::string& script) {
  const std::string file = folder.path() + "/script";
  const std::string bin = std::filesystem::path(BROKERCTL_PROGRAM).parent_path().string();
  std::ofstream(file) << script;
  const std::string environment = "env HOME=" + folder.path() + " XDG_CONFIG_HOME=" + folder.path() + " PATH=" + bin;
  FILE* pipe = popen((environment + ":\"$PATH\" " + shell + " " + file + " 2>&1 </dev/null").c_str(), "r");
  Ran ran{-1, ""};
  std::array<char, 4096> chunk;
  while (const size_t size = fread(chunk.data(), 1, chunk.size(), pipe)) ran.out.append(chunk.data(), size);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) ran.exit_code = WEXITSTATUS(status);
  return ran;
}

Ran Bash(const ipc::testing::TemporaryFolder& folder, const std::string& script) {
  return Shell("bash --norc --noprofile", folder, script);
}

// What pressing Tab after `line` offers in bash.
std::string Tab(const std::string& line) {
  return "COMP_LINE='" + line +
         "'; COMP_POINT=${#COMP_LINE}\n"
         "mapfile -t COMP_WORDS < <(set -f; IFS=' '; printf '%s\\n' $COMP_LINE)\n"
         "[[ $COMP_LINE == *' ' ]] && COMP_WORDS+=('')\n"
         "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_brokerctl\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n";
}

class ProgramTest : public ::testing::Test {
 protected:
  const ipc::testing::TemporaryFolder folder_;
};

TEST_F(ProgramTest, BashCompletesCommandsOptionsFilesAndNamesOfResources) {
  FakeBroker broker;
  FillBroker("NODE1", &broker);
  const std::string begin = "source <(brokerctl completion bash)\ncomplete -p brokerctl\n";
  EXPECT_THAT(Bash(folder_, begin).out, HasSubstr("complete -F _brokerctl brokerctl"));
  EXPECT_THAT(Bash(folder_, begin + Tab("brokerctl modules act")).out, HasSubstr("\nactivate\n"));
  EXPECT_THAT(Bash(folder_, begin + Tab("brokerctl status --outp")).out, HasSubstr("\n--output\n"));
  EXPECT_THAT(Bash(folder_, begin + Tab("brokerctl --plaintext --node " + broker.node() + " resources lock SQL")).out,
              HasSubstr("\nSQL\\ Gateway\\ NODE1\n"));
  EXPECT_THAT(Bash(folder_, "cd " + folder_.path() + "\n" + begin + Tab("brokerctl modules stage scr")).out,
              HasSubstr("\nscript\n"));
}

TEST_F(ProgramTest, ZshCompletesCommandsAndNamesOfResources) {
  FakeBroker broker;
  FillBroker("NODE1", &broker);
  // Outside of its editor zsh offers nothing: what would be offered is printed.
  const std::string begin =
      "autoload -Uz compinit; compinit -D -u\nsource <(brokerctl completion zsh)\nprint -r -- $_comps[brokerctl]\n"
      "compadd() { print -rl -- \"$@\" \"${shown[@]}\" }\n";
  const auto tab = [](const std::string& words, const std::string& prefix) {
    return "words=(brokerctl " + words + " '" + prefix + "'); CURRENT=$#words; PREFIX='" + prefix + "'; _brokerctl\n";
  };
  EXPECT_THAT(Shell("zsh -f", folder_, begin).out, StartsWith("_brokerctl\n"));
  EXPECT_THAT(Shell("zsh -f", folder_, begin + tab("modules", "act")).out,
              AllOf(HasSubstr("\nactivate\n"), HasSubstr("\nactivate  -- ")));
  EXPECT_THAT(Shell("zsh -f", folder_, begin + tab("-o", "jsonl")).out, EndsWith("\njsonl\njsonl\n"));
  EXPECT_THAT(
      Shell("zsh -f", folder_, begin + tab("--plaintext --node " + broker.node() + " resources lock", "SQL")).out,
      HasSubstr("\nSQL Gateway NODE1\n"));
}

TEST_F(ProgramTest, FishCompletesCommandsFilesAndNamesOfResources) {
  FakeBroker broker;
  FillBroker("NODE1", &broker);
  const std::string begin = "brokerctl completion fish | source\n";
  const auto tab = [&](const std::string& line) {
    return Shell("fish --no-config", folder_, begin + "cd " + folder_.path() + "; complete -C '" + line + "'\n").out;
  };
  EXPECT_THAT(tab("brokerctl modules act"), StartsWith("activate\t"));
  EXPECT_THAT(tab("brokerctl modules stage scr"), StartsWith("script"));
  EXPECT_THAT(tab("brokerctl --plaintext --node " + broker.node() + " resources lock SQL"),
              HasSubstr("SQL Gateway NODE1"));
}

TEST_F(ProgramTest, NoBroker_IsExitCode3WithTheAddress) {
  const Ran ran = Bash(folder_, "brokerctl --address unix:" + folder_.path() + "/none.sock status");
  EXPECT_EQ(ran.exit_code, 3);
  EXPECT_THAT(ran.out, StartsWith("brokerctl: no broker answers at unix:" + folder_.path() + "/none.sock ("));
}

TEST_F(ProgramTest, HelpAndVersion_AreForStandardOutput) {
  const Ran help = Bash(folder_, "brokerctl --help 2>/dev/null");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("5 some nodes failed"));
  EXPECT_THAT(Bash(folder_, "brokerctl queue pause --help 2>/dev/null").out, HasSubstr("--reason \"storage"));
  EXPECT_THAT(Bash(folder_, "brokerctl --version").out, StartsWith("brokerctl 1."));
  EXPECT_EQ(Bash(folder_, "brokerctl").exit_code, 2);
}

TEST_F(ProgramTest, HresultAsItIsPrinted_IsNoOption) {
  EXPECT_THAT(Bash(folder_, "brokerctl explain -2147018936").out, StartsWith("win32  5960"));
}

}  // namespace
}  // namespace resource_broker::brokerctl
