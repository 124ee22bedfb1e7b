// What only named pipes have.
#include <winsock2.h>
// After winsock2.h.
#include <windows.h>
// After windows.h.
#include <aclapi.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sddl.h>

#include <string>
#include <thread>
#include <vector>

#include "ipc/identity_windows.h"
#include "ipc/pipe_endpoint_windows.h"
#include "ipc/pipe_name_windows.h"
#include "ipc/security_windows.h"
#include "ipc/testing/process.h"
#include "ipc/testing/raw_client.h"
#include "ipc/testing/transport_test_base.h"
#include "ipc/testing/wine_windows.h"
#include "ipc/unique_handle_windows.h"

namespace resource_broker::ipc::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using ::testing::HasSubstr;

class PipeTest : public TransportTest {
 protected:
  UniqueHandle Open(DWORD access, DWORD flags) const {
    return UniqueHandle(
        CreateFileW(PipeName(address()).value().c_str(), access, 0, nullptr, OPEN_EXISTING, flags, nullptr));
  }
};

struct Entry {
  BYTE type;
  std::string sid;
  ACCESS_MASK mask;
  bool operator==(const Entry& other) const { return type == other.type && sid == other.sid && mask == other.mask; }
};

std::ostream& operator<<(std::ostream& out, const Entry& entry) {
  return out << "type " << static_cast<int>(entry.type) << " " << entry.sid << " 0x" << std::hex << entry.mask;
}

TEST_F(PipeTest, DefaultDescriptor_HoldsExactlyTheseEntries) {
  const auto descriptor = ParseDescriptor(DefaultDescriptor("S-1-5-21-1-2-3-1000"));
  ASSERT_TRUE(descriptor.ok()) << descriptor.status();
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  DWORD revision = 0;
  ASSERT_TRUE(GetSecurityDescriptorControl(descriptor->get(), &control, &revision));
  EXPECT_NE(control & SE_DACL_PROTECTED, 0);
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL acl = nullptr;
  ASSERT_TRUE(GetSecurityDescriptorDacl(descriptor->get(), &present, &acl, &defaulted));
  ASSERT_TRUE(present);
  std::vector<Entry> entries;
  for (DWORD i = 0; i < acl->AceCount; ++i) {
    void* memory = nullptr;
    ASSERT_TRUE(GetAce(acl, i, &memory));
    // Allowed and denied ones have the same layout.
    auto* ace = static_cast<ACCESS_ALLOWED_ACE*>(memory);
    EXPECT_EQ(ace->Header.AceFlags, 0);
    entries.push_back({ace->Header.AceType, SidText(&ace->SidStart).value(), ace->Mask});
  }
  EXPECT_THAT(entries, ::testing::ElementsAre(Entry{ACCESS_DENIED_ACE_TYPE, "S-1-5-2", FILE_ALL_ACCESS},
                                              Entry{ACCESS_ALLOWED_ACE_TYPE, "S-1-5-18", 0x12019b},
                                              Entry{ACCESS_ALLOWED_ACE_TYPE, "S-1-5-32-544", 0x12019b},
                                              Entry{ACCESS_ALLOWED_ACE_TYPE, "S-1-5-21-1-2-3-1000", FILE_ALL_ACCESS}));
}

TEST_F(PipeTest, ClientRights_AllowAConnectionAndNoInstance) {
  GENERIC_MAPPING mapping{FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE, FILE_ALL_ACCESS};
  ACCESS_MASK wanted = GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE;
  MapGenericMask(&wanted, &mapping);
  EXPECT_EQ(wanted & ~kClientRights, 0u);
  EXPECT_EQ(kClientRights & FILE_CREATE_PIPE_INSTANCE, 0u);
}

TEST_F(PipeTest, Descriptor_IsOnThePipe) {
  ListenOptions options;
  options.security_descriptor = "D:P(A;;0x12019b;;;SY)(A;;FA;;;" + OwnAccount() + ")";
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const UniqueHandle client = Open(GENERIC_READ, 0);
  ASSERT_TRUE(client.valid()) << GetLastError();
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  ASSERT_EQ(GetSecurityInfo(client.get(), SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr, nullptr,
                            nullptr, &descriptor),
            DWORD{ERROR_SUCCESS});
  const UniqueDescriptor owned(descriptor);
  wchar_t* text = nullptr;
  ASSERT_TRUE(ConvertSecurityDescriptorToStringSecurityDescriptorW(descriptor, SDDL_REVISION_1,
                                                                   DACL_SECURITY_INFORMATION, &text, nullptr));
  const std::unique_ptr<wchar_t, LocalFreer> owned_text(text);
  const std::wstring sddl = text;
  EXPECT_NE(sddl.find(L"0x12019b;;;SY"), std::wstring::npos) << std::string(sddl.begin(), sddl.end());
}

TEST_F(PipeTest, DescriptorThatExcludesTheClient_DeniesTheDial) {
  if (IsWine()) GTEST_SKIP() << "Wine has one account and lets it open everything";
  ListenOptions options;
  options.security_descriptor = "D:P(A;;FA;;;SY)";
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto answer = Call(NewChannel(), "", kPatience, /*wait_for_ready=*/false);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_THAT(answer.status().message(), HasSubstr("error 5"));
}

TEST_F(PipeTest, MalformedDescriptor_IsRefusedAtStart) {
  ListenOptions options;
  options.security_descriptor = "D:(nonsense";
  const EchoServer server(address(), options);
  EXPECT_TRUE(absl::IsInvalidArgument(server.status())) << server.status();
  EXPECT_THAT(server.status().message(), HasSubstr("D:(nonsense"));
}

TEST_F(PipeTest, OwnIdentity_IsWhatTheSystemSays) {
  const auto self = OwnIdentity();
  ASSERT_TRUE(self.ok()) << self.status();
  EXPECT_EQ(self->process_id, GetCurrentProcessId());
  EXPECT_THAT(self->account, ::testing::StartsWith("S-1-5-"));
  EXPECT_THAT(self->image_path, ::testing::EndsWith("ipc_test.exe"));
}

TEST_F(PipeTest, AnonymousClient_IsRefused) {
  if (IsWine()) GTEST_SKIP() << "Wine lets no client hide who it is";
  DropLog log;
  ListenOptions options;
  options.on_dropped = log.Listener();
  options.authorize = [](const PeerIdentity&) { return absl::OkStatus(); };
  const EchoServer server(address(), options);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const UniqueHandle client = Open(GENERIC_READ | FILE_WRITE_DATA, SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS);
  ASSERT_TRUE(client.valid()) << GetLastError();
  const std::string greeting = Http2Greeting();
  DWORD size = 0;
  ASSERT_TRUE(WriteFile(client.get(), greeting.data(), static_cast<DWORD>(greeting.size()), &size, nullptr));
  char byte;
  EXPECT_FALSE(ReadFile(client.get(), &byte, 1, &size, nullptr));
  ASSERT_TRUE(log.WaitFor(1));
}

TEST_F(PipeTest, AllInstancesBusy_DialEndsByItsTimeout) {
  // One instance, and somebody on it.
  const auto server = RawServer::Listen(address());
  ASSERT_TRUE(server.ok()) << server.status();
  const auto client = RawClient::Dial(address());
  ASSERT_TRUE(client.ok()) << client.status();
  ChannelOptions options;
  options.connect_timeout = milliseconds(400);
  const auto begin = steady_clock::now();
  const auto answer = Call(NewChannel(options), "", kPatience, /*wait_for_ready=*/false);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
  EXPECT_THAT(answer.status().message(), HasSubstr("busy"));
  EXPECT_GE(steady_clock::now() - begin, milliseconds(400));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(PipeTest, NameIsTakenByAnotherProgramsPipe_StartFails) {
  const auto squatter = RawServer::Listen(address());
  ASSERT_TRUE(squatter.ok()) << squatter.status();
  ListenOptions options;
  options.bind_timeout = milliseconds(200);
  const EchoServer server(address(), options);
  EXPECT_TRUE(absl::IsAlreadyExists(server.status())) << server.status();
}

TEST_F(PipeTest, NameIsFreedWhileStarting_StartSucceeds) {
  auto squatter = RawServer::Listen(address());
  ASSERT_TRUE(squatter.ok()) << squatter.status();
  std::thread frees([&squatter] {
    std::this_thread::sleep_for(milliseconds(200));
    squatter->reset();
  });
  const EchoServer server(address());
  frees.join();
  EXPECT_TRUE(server.status().ok()) << server.status();
}

TEST_F(PipeTest, EmptyWrites_AreNotTheEnd) {
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto client = RawClient::Dial(address());
  ASSERT_TRUE(client.ok()) << client.status();
  ASSERT_TRUE((*client)->Write("").ok());
  ASSERT_TRUE((*client)->Write(Http2Greeting()).ok());
  ASSERT_NE((*client)->Read(kPatience).value_or(""), "");
  ASSERT_TRUE((*client)->Write("").ok());
  // A PING, and its answer.
  ASSERT_TRUE((*client)->Write(std::string("\0\0\10\6\0\0\0\0\0", 9) + "12345678").ok());
  std::string received;
  while (received.find("12345678") == std::string::npos) {
    const auto bytes = (*client)->Read(kPatience);
    ASSERT_TRUE(bytes.ok() && !bytes->empty()) << bytes.status();
    received += *bytes;
  }
}

TEST_F(PipeTest, WritesInPieces_ArriveWholeAndInOrder) {
  const EchoServer server(address());
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = NewChannel();
  for (const size_t piece : {1, 7, 1000, 65535}) {
    LimitPipeWritesForTesting(piece);
    std::string payload(piece * 300, '\0');
    for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>((i * 2654435761u) >> 24);
    if (payload.size() > (4 << 20)) payload.resize(4 << 20);
    const auto answer = Call(channel, payload);
    LimitPipeWritesForTesting(0);
    ASSERT_TRUE(answer.ok()) << piece << ": " << answer.status();
    EXPECT_TRUE(answer->payload() == payload) << piece;
  }
}

TEST_F(PipeTest, Names_AreCheckedBeforeTheSystemSeesThem) {
  EXPECT_EQ(PipeName("npipe:////./pipe/a b%20\xC3\xBC").value(), L"\\\\.\\pipe\\a b%20\u00FC");
  EXPECT_TRUE(PipeName("npipe:////./pipe/" + std::string(247, 'a')).ok());
  for (const std::string& address :
       {std::string("npipe:////./pipe/"), std::string("npipe:////server/pipe/a"), std::string("npipe:////./pipe/a\\b"),
        std::string("npipe:////./pipe/a\0b", 20), std::string("npipe:////./pipe/\xFF"),
        "npipe:////./pipe/" + std::string(248, 'a'), std::string("\\\\.\\pipe\\a")}) {
    EXPECT_TRUE(absl::IsInvalidArgument(PipeName(address).status())) << address;
  }
}

TEST_F(PipeTest, NameThatNeedsEncoding_Works) {
  const std::string odd = address() + " 100%25 ?a#\xC3\xBC";
  const EchoServer server(odd);
  ASSERT_TRUE(server.status().ok()) << server.status();
  const auto channel = Connect(odd, {});
  ASSERT_TRUE(channel.ok()) << channel.status();
  EXPECT_TRUE(Call(*channel, "").ok());
}

}  // namespace
}  // namespace resource_broker::ipc::testing
