// Lines, handshakes, and text that is cut.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "broker_service/modules/handshake.h"
#include "broker_service/modules/line_splitter.h"
#include "broker_service/text.h"

namespace resource_broker::broker {
namespace {

std::vector<std::string> Split(LineSplitter* splitter, std::string_view bytes) {
  std::vector<std::string> lines;
  splitter->Add(bytes, [&](const std::string& line) { lines.push_back(line); });
  return lines;
}

TEST(LineSplitterTest, LinesInPieces_AreJoined) {
  LineSplitter splitter(100);
  EXPECT_EQ(Split(&splitter, "ab"), std::vector<std::string>());
  EXPECT_EQ(Split(&splitter, "c\r\n\nd"), (std::vector<std::string>{"abc", ""}));
  EXPECT_EQ(splitter.rest(), "d");
}

TEST(LineSplitterTest, LineWithoutAnEnd_IsCutAndTheNextIsWhole) {
  LineSplitter splitter(4);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(Split(&splitter, "xyz").empty());
  EXPECT_EQ(splitter.rest().size(), 4U);
  EXPECT_EQ(Split(&splitter, "\nab\n"), (std::vector<std::string>{"xyzx", "ab"}));
}

TEST(HandshakeTest, OnlyTheOneLineWithTheOwnAddress_IsTaken) {
  EXPECT_TRUE(CheckHandshake("RESOURCE-BROKER-MODULE|1|unix:/a", "unix:/a").ok());
  for (const char* wrong : {"", "hello", "RESOURCE-BROKER-MODULE", "RESOURCE-BROKER-MODULE|2|unix:/a",
                            "RESOURCE-BROKER-MODULE|1|unix:/b", "RESOURCE-BROKER-MODULE|1|unix:/a ",
                            " RESOURCE-BROKER-MODULE|1|unix:/a", "RESOURCE-BROKER-MODULE|11|unix:/a"}) {
    EXPECT_FALSE(CheckHandshake(wrong, "unix:/a").ok()) << wrong;
  }
}

TEST(HandshakeTest, WhatItQuotes_IsShortAndPrintable) {
  const absl::Status status = CheckHandshake(std::string(100000, '\x01'), "unix:/a");
  EXPECT_LT(status.message().size(), 2000U);
  EXPECT_EQ(status.message().find('\x01'), absl::string_view::npos);
}

TEST(CutTextTest, NoCharacterIsSplit) {
  EXPECT_EQ(CutText("abc", 3), "abc");
  EXPECT_EQ(CutText("a\xC3\xA4", 2), "a");
  EXPECT_EQ(CutText("\xF0\x9F\x98\x80", 3), "");
}

}  // namespace
}  // namespace resource_broker::broker
