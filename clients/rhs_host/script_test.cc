#include "clients/rhs_host/script.h"

#include <cstdio>
#include <fstream>
#include <string>

#include "clients/rhs_host/script_words.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::rhs_host {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <typename Action>
Action Only(const std::string& text) {
  absl::StatusOr<std::vector<Step>> steps = ParseScript(text, "Default");
  EXPECT_TRUE(steps.ok()) << steps.status();
  if (!steps.ok() || steps->size() != 1) return {};
  return std::get<Action>(steps->front().action);
}

std::string ErrorOf(const std::string& text) { return std::string(ParseScript(text, "Default").status().message()); }

std::vector<std::string> Texts(const std::string& text) {
  std::vector<std::string> texts;
  const absl::StatusOr<std::vector<Line>> lines = SplitScript(text);
  EXPECT_TRUE(lines.ok()) << lines.status();
  for (const Line& line : *lines) {
    std::string joined = line.background ? "&" : "";
    for (const Word& word : line.words) joined += "[" + word.text + "]";
    texts.push_back(joined);
  }
  return texts;
}

TEST(SplitScript, CommentsAndEmptyLinesVanishAndNumbersStay) {
  const auto lines = SplitScript("# all\n\n  open r1 # rest\r\n\nclose r#1");
  ASSERT_EQ(lines->size(), 2u);
  EXPECT_EQ((*lines)[0].number, 3);
  EXPECT_EQ((*lines)[1].number, 5);
  EXPECT_EQ((*lines)[1].words[1].text, "r#1") << "a # inside a word is part of it";
}

TEST(SplitScript, QuotesKeepSpacesHashesAndOperators) {
  EXPECT_THAT(Texts(R"(open r1 type="Resource # Broker" x="a\"b\\c" "a=b")"),
              ElementsAre(R"([open][r1][type=Resource # Broker][x=a"b\c][a=b])"));
  const auto lines = SplitScript(R"(x "a=b" c="d=e" f>=3)");
  EXPECT_EQ((*lines)[0].words[1].op, "") << "quoted";
  EXPECT_EQ((*lines)[0].words[2].value, "d=e");
  EXPECT_EQ((*lines)[0].words[3].op, ">=");
  EXPECT_EQ((*lines)[0].words[3].name, "f");
}

TEST(SplitScript, QuotesThatDoNotCloseOrEscapeAreErrors) {
  EXPECT_THAT(std::string(SplitScript("\nprint \"abc").status().message()), StartsWith("line 2: a quote"));
  EXPECT_FALSE(SplitScript(R"(print "a\nb")").ok());
}

TEST(SplitScript, LoopsRepeatEveryCommandOfTheirBody) {
  EXPECT_THAT(Texts("for r in 2..3 : & online r{r} flags={r} ; wait r{r} state=Online"),
              ElementsAre("&[online][r2][flags=2]", "[wait][r2][state=Online]", "&[online][r3][flags=3]",
                          "[wait][r3][state=Online]"));
  EXPECT_THAT(Texts("for a in 0..1 : for b in 0..1 : print {a}{b} ; print x"),
              ElementsAre("[print][00]", "[print][x]", "[print][01]", "[print][x]", "[print][10]", "[print][x]",
                          "[print][11]", "[print][x]"));
}

TEST(SplitScript, LoopsThatAreWrongOrTooLargeAreErrors) {
  for (const char* text : {"for r in 1..2", "for r 1..2 : print", "for r in 2..1 : print", "for r in a..b : print",
                           "for r in -1..1 : print", "for r in 1..1000000 : print x"}) {
    EXPECT_FALSE(SplitScript(text).ok()) << text;
  }
  EXPECT_FALSE(SplitScript("for a in 0..0 : for b in 0..0 : for c in 0..0 : for d in 0..0 : for e in 0..0 : x").ok());
}

TEST(ParseScript, OfflineTakesEveryArgument) {
  const auto offline = Only<OfflineStep>("offline r1 dest=NODE2 flags=QUEUE_ENABLED|0x20 in=hex:00ff reserved=0x8");
  EXPECT_EQ(offline.arguments.destination, u"NODE2");
  EXPECT_EQ(offline.arguments.flags, 0x24u);
  EXPECT_EQ(offline.arguments.in.bytes, (std::vector<uint8_t>{0, 255}));
  EXPECT_EQ(offline.arguments.reserved, 8u);
}

TEST(ParseScript, AbsentAndEmptyAreDifferent) {
  EXPECT_EQ(Only<OfflineStep>("offline r1").arguments.destination, std::nullopt);
  EXPECT_EQ(Only<OfflineStep>("offline r1 dest=\"\"").arguments.destination, u"");
  EXPECT_EQ(Only<OfflineStep>("offline r1").arguments.in.bytes, std::nullopt);
  EXPECT_EQ(Only<OfflineStep>("offline r1 in=hex:").arguments.in.bytes, std::vector<uint8_t>{});
  EXPECT_EQ(Only<OfflineStep>("offline r1 in-size=12").arguments.in.claimed_size, 12u);
}

TEST(ParseScript, InvalidUtf16CanBeWrittenAsCodeUnits) {
  EXPECT_EQ(Only<OfflineStep>("offline r1 dest-hex=004ED800").arguments.destination,
            std::u16string({u'N', static_cast<char16_t>(0xD800)}));
}

TEST(ParseScript, BuffersComeFromTextUtf16FillAndFiles) {
  EXPECT_EQ(Only<OnlineStep>("online r1 in=text:\"a b\"").arguments.in.bytes, (std::vector<uint8_t>{'a', ' ', 'b'}));
  EXPECT_EQ(Only<OnlineStep>("online r1 in=utf16:ab").arguments.in.bytes, (std::vector<uint8_t>{'a', 0, 'b', 0}));
  const std::vector<uint8_t> filled =
      Only<OnlineStep>("online r1 in=fill:65536").arguments.in.bytes.value_or(std::vector<uint8_t>{});
  ASSERT_EQ(filled.size(), 65536u);
  EXPECT_EQ(filled[252], 1);
  const std::string file = "rhs_host in buffer.bin";
  std::ofstream(file, std::ios::binary) << std::string("\x01\x00\x02", 3);
  EXPECT_EQ(Only<OnlineStep>("online r1 in=\"@" + file + "\"").arguments.in.bytes, (std::vector<uint8_t>{1, 0, 2}));
  std::remove(file.c_str());
  EXPECT_THAT(ErrorOf("online r1 in=@no_such_file"), HasSubstr("can't be read"));
}

TEST(ParseScript, TypeDefaultsAndPendingTimeoutHasAUnit) {
  EXPECT_EQ(Only<OpenStep>("open r1").arguments.type, "Default");
  const auto open = Only<OpenStep>("open r1 type=\"Resource Broker\" flags=RECOVER_MONITOR_STATE pending-timeout=5s");
  EXPECT_EQ(open.arguments.type, "Resource Broker");
  EXPECT_EQ(open.arguments.flags, 1u);
  EXPECT_EQ(open.arguments.pending_timeout, absl::Seconds(5));
}

TEST(ParseScript, ErrorsNameTheLineAndTheWord) {
  EXPECT_THAT(ErrorOf("open r1\n\nofline r1"), AllOf(StartsWith("line 3: "), HasSubstr("\"ofline\"")));
  EXPECT_THAT(ErrorOf("offline r1 flag=1"), HasSubstr("\"flag=1\" is not understood"));
  EXPECT_THAT(ErrorOf("offline r1 flags=SOON"), HasSubstr("\"SOON\""));
  EXPECT_THAT(ErrorOf("offline"), HasSubstr("a resource's name is missing"));
  EXPECT_THAT(ErrorOf("offline r1 in=abc"), HasSubstr("in: "));
  EXPECT_THAT(ErrorOf("offline r1 in=hex:00 in-size=5"), HasSubstr("in-size"));
  EXPECT_THAT(ErrorOf("offline r1 dest-hex=0000"), HasSubstr("dest"));
  EXPECT_THAT(ErrorOf("control r1 out=4"), HasSubstr("code= is missing"));
  EXPECT_THAT(ErrorOf("wait r1"), HasSubstr("a condition is missing"));
  EXPECT_THAT(ErrorOf("wait r1 state=Online timeout=10"), HasSubstr("not a duration"));
  EXPECT_THAT(ErrorOf("expect r1 mood=good"), HasSubstr("unknown condition"));
  EXPECT_THAT(ErrorOf("expect r1 state>=Online"), HasSubstr("compared"));
  EXPECT_THAT(ErrorOf("& sleep 1s"), HasSubstr("& can't stand before sleep"));
  EXPECT_THAT(ErrorOf("sleep"), HasSubstr("a duration is missing"));
  EXPECT_THAT(ErrorOf("property r1 Name"), HasSubstr("no '='"));
}

TEST(ParseScript, ConditionsAreJudgedOnAView) {
  const auto expect = Only<ExpectStep>("expect r1 state=Online checkpoints>=3 app=5960 flags=OFFLINE_BUSY");
  ASSERT_EQ(expect.conditions.size(), 4u);
  ResourceView view;
  view.state = resapi::ClusterResourceOnline;
  view.reports = 4;
  view.final_reports = 1;
  view.last_report.ApplicationSpecificErrorCode = 5960;
  view.last_report.Flags = 1;
  for (const Condition& condition : expect.conditions) EXPECT_TRUE(condition.holds(view)) << condition.text;
  EXPECT_EQ(expect.conditions[1].actual(view), "3");
  view.reports = 3;
  EXPECT_FALSE(expect.conditions[1].holds(view));
}

}  // namespace
}  // namespace resource_broker::rhs_host
