#include "broker_service/panic/panic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "broker_service/modules/testing/child.h"
#include "broker_service/modules/testing/installed_modules.h"

namespace resource_broker::broker::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

std::string ReadAll(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

class PanicTest : public ::testing::Test {
 protected:
  // Its exit code, as ChildEnd has it.
  int64_t Run(const std::string& how, const std::string& file) {
    Child child(Subject(how, file));
    const int64_t exit_code = child.AwaitEnd().exit_code;
    errors_ = child.Errors();
    return exit_code;
  }
  int64_t Run(const std::string& how) { return Run(how, file_.u8string()); }

  ChildOptions Subject(const std::string& how, const std::string& file) const {
    ChildOptions options;
    options.program = fs::u8path(PANIC_SUBJECT);
    options.arguments = {file, dumps_.u8string(), how};
    options.folder = folder_.path();
    return options;
  }

  TemporaryFolder folder_;
  const fs::path file_ = folder_.path() / "logs" / "panic.log";
  const fs::path dumps_ = folder_.path() / "dumps";
  std::string errors_;
};

TEST_F(PanicTest, BoundErrors_AreInTheFileBehindALineThatSaysWhose) {
  EXPECT_EQ(Run("say"), 0);
  const std::string said = ReadAll(file_);
  EXPECT_THAT(said, HasSubstr("resource_broker " RESOURCE_BROKER_VERSION ", process "));
  EXPECT_THAT(said, HasSubstr("said by the program"));
  EXPECT_EQ(errors_, "");
}

TEST_F(PanicTest, InAConsole_ErrorsStay) {
  EXPECT_NE(Run("abort", "-"), 0);
  EXPECT_THAT(errors_, HasSubstr("panic: SIGABRT"));
  EXPECT_FALSE(fs::exists(file_));
}

TEST_F(PanicTest, EachBadEnd_LeavesALineWithTimeVersionAndReason) {
  const struct {
    const char* how;
    const char* reason;
  } rows[] = {{"abort", "panic: SIGABRT"},
              {"terminate", "std::terminate was called"},
              {"throw", "an exception was not caught: no such thing as a whale"},
              {"throw_in_thread", "an exception was not caught: lost in a thread"},
              {"check", "a failed check of gRPC"}};
  const auto file_of = [this](const char* how) { return folder_.path() / "logs" / how; };
  std::vector<std::unique_ptr<Child>> children;
  for (const auto& row : rows) {
    children.push_back(std::make_unique<Child>(Subject(row.how, file_of(row.how).u8string())));
  }
  for (size_t i = 0; i < children.size(); ++i) {
    const auto& row = rows[i];
    SCOPED_TRACE(row.how);
    EXPECT_NE(children[i]->AwaitEnd().exit_code, 0);
    const std::string said = ReadAll(file_of(row.how));
    EXPECT_THAT(said, HasSubstr(row.reason));
    const size_t at = said.find(" resource_broker " RESOURCE_BROKER_VERSION ", process ", said.find("\n") + 1);
    ASSERT_NE(at, std::string::npos) << said;
    // "2026-11-26T05:54:20Z" is before it.
    EXPECT_THAT(said.substr(at - 20, 20), MatchesRegex("20..-..-..T..:..:..Z"));
  }
}

TEST_F(PanicTest, FileBeyondItsLimit_IsMovedAsideAtTheNextStart) {
  WriteFile(file_, std::string(kMaxPanicBytes, 'x'));
  Run("say");
  EXPECT_EQ(ReadAll(file_).rfind("xxxx", 0), 0U) << "not larger yet";
  EXPECT_FALSE(fs::exists(fs::path(file_).concat(".1")));
  Run("say");
  EXPECT_GT(fs::file_size(fs::path(file_).concat(".1")), kMaxPanicBytes);
  EXPECT_THAT(ReadAll(file_), HasSubstr("said by the program"));
  EXPECT_THAT(ReadAll(file_), Not(HasSubstr("xxxx")));
  // The one before is replaced, so that there are two at most.
  WriteFile(file_, std::string(kMaxPanicBytes + 1, 'y'));
  Run("say");
  EXPECT_EQ(ReadAll(fs::path(file_).concat(".1"))[0], 'y');
}

TEST_F(PanicTest, FileThatCantBeMade_IsAnErrorAndErrorsStay) {
  WriteFile(folder_.path() / "no_folder", "");
  EXPECT_EQ(Run("say", (folder_.path() / "no_folder" / "panic.log").u8string()), 4);
}

}  // namespace
}  // namespace resource_broker::broker::testing
