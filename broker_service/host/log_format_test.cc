#include "broker_service/host/log_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/details/os.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <sstream>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "broker_service/log.h"
#include "broker_service/text.h"
#include "google/protobuf/util/json_util.h"
#include "resource_broker/v1/log_line.pb.h"

namespace resource_broker::broker {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

const char* const kEol = spdlog::details::os::default_eol;

class LogFormatTest : public ::testing::Test {
 protected:
  LogFormatTest() : before_(spdlog::default_logger()) {}
  ~LogFormatTest() override {
    spdlog::set_default_logger(before_);
    SetLogLevel(LogLevel::kInfo);
  }

  void Use(std::unique_ptr<spdlog::formatter> lines) {
    auto logger = std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_));
    logger->set_formatter(std::move(lines));
    spdlog::set_default_logger(logger);
  }
  std::string Taken() {
    std::string taken = out_.str();
    out_.str("");
    return taken;
  }
  v1::LogLine TakeJson() {
    const std::string taken = Taken();
    EXPECT_EQ(taken.find('\n'), taken.size() - 1) << taken;
    v1::LogLine line;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(taken, &line).ok()) << taken;
    return line;
  }

  const std::shared_ptr<spdlog::logger> before_;
  std::ostringstream out_;
};

TEST_F(LogFormatTest, TextLine_HasTimeLevelThreadAndNoWayToForgeAnother) {
  Use(TextLines());
  LogWarning(LogOp("\x01\xAB"), " ", LogResource("r1"), " of ", LogModule("m 1.0.0"), ":\nforged\x7F");
  const std::string line = Taken();
  EXPECT_THAT(line, HasSubstr(" warning ["));
  EXPECT_THAT(line, EndsWith("] op=01ab resource \"r1\" of module m 1.0.0:\\x0aforged\\x7f" + std::string(kEol)));
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, line.substr(0, line.find(' ')), &time, &error)) << line << error;
}

TEST_F(LogFormatTest, JsonLine_HasEachFieldAndNoneOfTheLineBefore) {
  Use(JsonLines());
  LogError(LogOp("\x01\xAB"), " ", LogResource("r\"1"), " of ", LogModule("m 1.0.0"), ": \"quoted\"\nnext");
  v1::LogLine line = TakeJson();
  EXPECT_EQ(line.level(), "error");
  EXPECT_NE(line.thread(), 0U);
  EXPECT_EQ(line.op(), "01ab");
  EXPECT_EQ(line.resource(), "r\"1");
  EXPECT_EQ(line.module(), "m 1.0.0");
  EXPECT_EQ(line.message(), "op=01ab resource \"r\"1\" of module m 1.0.0: \"quoted\"\nnext");
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, line.time(), &time, &error)) << line.time() << error;
  LogInfo("plain");
  line = TakeJson();
  EXPECT_EQ(line.op() + line.resource() + line.module() + line.name(), "");
  EXPECT_EQ(line.message(), "plain");
}

TEST_F(LogFormatTest, AnyBytes_AreOneLineOfJsonThatSaysWhatIsUtf8OfThem) {
  Use(JsonLines());
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const std::string& bytes : {all, std::string("\xED\xA0\x80 \xF4\x90\x80\x80 \xC0\x80"), std::string(1, '\0'),
                                   std::string("\xE2\x80\xA8 \xF0\x9F\x98\x80 </script>")}) {
    LogInfo(LogResource(bytes), bytes);
    const v1::LogLine line = TakeJson();
    EXPECT_EQ(line.resource(), ValidUtf8(bytes));
    EXPECT_EQ(line.message(), ValidUtf8("resource \"" + bytes + "\"" + bytes));
  }
}

TEST_F(LogFormatTest, Journal_GetsEachLinesPriorityInFront) {
  Use(WithPriority(TextLines()));
  SetLogLevel(LogLevel::kTrace);
  LogDebug("d");
  LogInfo("i");
  LogWarning("w");
  LogError("e");
  std::string first;
  for (const auto line : absl::StrSplit(Taken(), '\n', absl::SkipEmpty())) first += std::string(line.substr(0, 3));
  EXPECT_EQ(first, "<7><6><4><3>");
}

}  // namespace
}  // namespace resource_broker::broker
