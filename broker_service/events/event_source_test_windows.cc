// What the Windows Event Log finds of us: the registry's keys, and the texts in the program.
#include <winsock2.h>
// After winsock2.h, which it would replace by its older self.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "broker_service/events/event_sink.h"
#include "broker_service/events/event_source_windows.h"
#include "broker_service/events/events.h"
#include "ipc/utf16.h"

namespace resource_broker::broker {
namespace {

constexpr wchar_t kKey[] = L"SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\ResourceBroker";

TEST(EventSourceTest, AddedAndRemoved_TheKeysAreThereAndGone) {
  ASSERT_TRUE(AddEventSource(L"C:\\Program Files\\old.exe").ok());
  ASSERT_TRUE(AddEventSource(L"C:\\Program Files\\resource_broker.exe").ok());
  std::wstring file(260, L'\0');
  DWORD size = 260 * sizeof(wchar_t);
  DWORD type = 0;
  ASSERT_EQ(RegGetValueW(HKEY_LOCAL_MACHINE, kKey, L"EventMessageFile", RRF_RT_REG_EXPAND_SZ | RRF_NOEXPAND, &type,
                         file.data(), &size),
            ERROR_SUCCESS);
  EXPECT_STREQ(file.c_str(), L"C:\\Program Files\\resource_broker.exe");
  DWORD types = 0;
  size = sizeof types;
  ASSERT_EQ(RegGetValueW(HKEY_LOCAL_MACHINE, kKey, L"TypesSupported", RRF_RT_REG_DWORD, nullptr, &types, &size),
            ERROR_SUCCESS);
  EXPECT_EQ(types, 7U);
  EXPECT_TRUE(RemoveEventSource().ok());
  EXPECT_TRUE(RemoveEventSource().ok());
  HKEY key = nullptr;
  EXPECT_EQ(RegOpenKeyExW(HKEY_LOCAL_MACHINE, kKey, 0, KEY_READ, &key), ERROR_FILE_NOT_FOUND);
}

TEST(EventSourceTest, EachEvent_HasItsTextInTheProgram) {
  const HMODULE program = LoadLibraryExW(ipc::WideFromUtf8(RESOURCE_BROKER_PROGRAM).c_str(), nullptr,
                                         LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_AS_IMAGE_RESOURCE);
  ASSERT_NE(program, nullptr) << GetLastError();
  for (const EventInfo& event : Events()) {
    std::vector<std::wstring> inserts;
    std::vector<std::string> narrow;
    for (uint32_t i = 0; i < event.inserts; ++i) {
      narrow.push_back(absl::StrCat("<insert ", i, ">"));
      inserts.push_back(ipc::WideFromUtf8(narrow.back()));
    }
    std::vector<DWORD_PTR> arguments;
    for (const std::wstring& insert : inserts) arguments.push_back(reinterpret_cast<DWORD_PTR>(insert.c_str()));
    std::wstring text(8192, L'\0');
    const DWORD length = FormatMessageW(FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY, program,
                                        MessageIdOf(event), MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US), text.data(),
                                        static_cast<DWORD>(text.size()), reinterpret_cast<va_list*>(arguments.data()));
    ASSERT_NE(length, 0U) << event.name << " " << GetLastError();
    text.resize(length);
    std::string shown = ipc::Utf8FromWide(text);
    shown.erase(std::remove(shown.begin(), shown.end(), '\r'), shown.end());
    EXPECT_EQ(shown, absl::StrCat(TextOf(event, narrow), "\nWhat to do: ", event.action, "\n")) << event.name;
  }
  FreeLibrary(program);
}

TEST(EventSourceTest, ReportEvent_IsAcceptedForEachEvent) {
  const HANDLE source = RegisterEventSourceW(nullptr, kEventSource);
  ASSERT_NE(source, nullptr) << GetLastError();
  const wchar_t* insert = L"a test";
  for (const EventInfo& event : Events()) {
    EXPECT_TRUE(ReportEventW(source, EVENTLOG_INFORMATION_TYPE, 0, MessageIdOf(event), nullptr, 1, 0, &insert, nullptr))
        << event.name << " " << GetLastError();
  }
  EXPECT_TRUE(DeregisterEventSource(source));
  const auto sink = SystemEventSink();
  ASSERT_NE(sink, nullptr);
  sink->Write(InfoOf(EventId::kQueuePaused), {"100 %1"});
}

}  // namespace
}  // namespace resource_broker::broker
