#include "clients/rhs_host/timeline.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace resource_broker::rhs_host {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Timeline, TextIsAlignedAndPlainWithoutATerminal) {
  std::ostringstream text;
  Timeline timeline({&text, nullptr, false});
  timeline.Add({RecordKind::kCall, "r1", "OfflineV2", {}});
  timeline.Add({RecordKind::kViolation, "", "wrong", {}});
  const std::string first = text.str().substr(0, text.str().find('\n'));
  const std::string second = text.str().substr(first.size() + 1);
  EXPECT_THAT(first.substr(0, 12), HasSubstr("."));
  EXPECT_EQ(first.substr(12), "  r1          > OfflineV2");
  EXPECT_EQ(second.substr(12), "  -           ! wrong\n");
  EXPECT_THAT(text.str(), Not(HasSubstr("\x1b")));
}

TEST(Timeline, ColourIsResetAtTheEndOfEachLine) {
  std::ostringstream text;
  Timeline timeline({&text, nullptr, true});
  timeline.Add({RecordKind::kViolation, "", "wrong", {}});
  EXPECT_THAT(text.str(), HasSubstr("\x1b[1;31m! wrong\x1b[0m\n"));
}

TEST(Timeline, JsonHasEveryFieldWithItsType) {
  std::ostringstream json;
  Timeline timeline({nullptr, &json, false});
  timeline.Add({RecordKind::kReport,
                "r\"1",
                "text",
                {{"state", "Offline"},
                 {"checkpoint", uint64_t{18446744073709551615u}},
                 {"number", int64_t{-1}},
                 {"duration_ms", 1.5},
                 {"locked", true},
                 {"destination", nullptr},
                 {"message", "a\nb\\\x01\u00FC"}}});
  EXPECT_THAT(json.str(), HasSubstr(R"("kind": "report", "resource": "r\"1", "state": "Offline", )"
                                    R"("checkpoint": 18446744073709551615, "number": -1, "duration_ms": 1.500, )"
                                    R"("locked": true, "destination": null, "message": "a\nb\\\u0001)"
                                    "\u00FC\"}\n"));
}

TEST(Timeline, ChecksSayWhetherTheyHeld) {
  std::ostringstream json;
  Timeline timeline({nullptr, &json, false});
  timeline.Add({RecordKind::kCheck, "r1", "FAILED state=Online", {{"line", int64_t{7}}}, false});
  EXPECT_THAT(json.str(), HasSubstr(R"("line": 7, "held": false, "text": "FAILED state=Online"})"));
}

}  // namespace
}  // namespace resource_broker::rhs_host
