#include "ipc/peer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ipc/peer_text.h"
#include "ipc/testing/process.h"

namespace resource_broker::ipc {
namespace {

PeerIdentity Somebody() {
  PeerIdentity peer;
  peer.process_id = 4711;
  peer.account = "S-1-5-18";
  peer.elevated = true;
  peer.image_path = "C:\\Program Files\\\xC3\x9C & 100%\\rhs.exe";
  return peer;
}

TEST(PeerTest, ToString_SaysWhatIsKnown) {
  EXPECT_EQ(Somebody().ToString(), "pid 4711, S-1-5-18, elevated, C:\\Program Files\\\xC3\x9C & 100%\\rhs.exe");
  PeerIdentity peer;
  peer.account = "uid:7";
  EXPECT_EQ(peer.ToString(), "unknown process, uid:7");
}

TEST(PeerTest, Text_BringsEverythingBack) {
  for (const PeerIdentity& peer : {Somebody(), PeerIdentity()}) {
    const auto back = PeerFromText(PeerText(peer));
    ASSERT_TRUE(back.has_value());
    EXPECT_EQ(back->process_id, peer.process_id);
    EXPECT_EQ(back->account, peer.account);
    EXPECT_EQ(back->elevated, peer.elevated);
    EXPECT_EQ(back->image_path, peer.image_path);
  }
}

TEST(PeerTest, TextOfOtherTransportsOrMalformed_IsNobody) {
  for (const char* text :
       {"", "ipv4:127.0.0.1:4711", "unix:/tmp/npipe:pid=1&account=a&elevated=1&image=", "npipe:",
        "npipe:pid=1&account=a&elevated=1", "npipe:pid=x&account=a&elevated=1&image=",
        "npipe:pid=1&account=a&elevated=2&image=", "npipe:pid=1&account=%4&elevated=1&image=",
        "npipe:pid=1&account=a&elevated=1&image=&more=", "npipe:account=a&pid=1&elevated=1&image="}) {
    EXPECT_FALSE(PeerFromText(text).has_value()) << text;
  }
}

TEST(PeerTest, DefaultCheck_AcceptsOwnAccountAndAdministratorsOnly) {
  const PeerCheck check = SameAccountOrAdministrator();
  PeerIdentity peer;
  peer.account = testing::OwnAccount();
  EXPECT_TRUE(check(peer).ok());
  peer.account = "somebody else";
  const absl::Status refused = check(peer);
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(refused.message(), ::testing::HasSubstr("somebody else"));
  peer.elevated = true;
  EXPECT_TRUE(check(peer).ok());
  EXPECT_TRUE(absl::IsPermissionDenied(check(PeerIdentity())));
}

}  // namespace
}  // namespace resource_broker::ipc
