#include "broker_service/panic/dump_windows.h"
// After windows.h.
#include <dbghelp.h>

#include <algorithm>
#include <array>
#include <cwchar>
#include <system_error>
#include <vector>

#include "broker_service/panic/panic.h"

namespace resource_broker::broker {
namespace {

namespace fs = std::filesystem;

constexpr DWORD kWriteLimitMs = 20000;
constexpr size_t kMaxPath = 1024;
constexpr wchar_t kPrefix[] = L"resource_broker-";

using WriteFunction = decltype(&MiniDumpWriteDump);
WriteFunction g_write = nullptr;
std::array<wchar_t, kMaxPath> g_folder{};

// What the writing thread is given, and what it answers; static, as the thread may outlive who waits for it.
struct Request {
  MINIDUMP_EXCEPTION_INFORMATION exception;
  std::array<wchar_t, kMaxPath> file;
  DWORD error;
};
Request g_request{};

DWORD WINAPI Write(void*) {
  // Rights come from the data directory, which only administrators and the broker may read.
  CreateDirectoryW(g_folder.data(), nullptr);
  const HANDLE file = CreateFileW(g_request.file.data(), GENERIC_WRITE, 0, nullptr, CREATE_NEW, 0, nullptr);
  if (file == INVALID_HANDLE_VALUE) {
    g_request.error = GetLastError();
    return 0;
  }
  const auto kind = static_cast<MINIDUMP_TYPE>(MiniDumpNormal | MiniDumpWithThreadInfo | MiniDumpWithUnloadedModules);
  const bool written =
      g_write(GetCurrentProcess(), GetCurrentProcessId(), file, kind, &g_request.exception, nullptr, nullptr) != FALSE;
  g_request.error = written ? ERROR_SUCCESS : GetLastError();
  if (!written && g_request.error == ERROR_SUCCESS) g_request.error = ERROR_INVALID_DATA;
  CloseHandle(file);
  return 0;
}

void AddPath(const wchar_t* path, PanicLine* line) {
  std::array<char, kMaxPath * 3> text{};
  WideCharToMultiByte(CP_UTF8, 0, path, -1, text.data(), static_cast<int>(text.size() - 1), nullptr, nullptr);
  line->Add(text.data());
}

}  // namespace

void PrepareDumps(const fs::path& folder) {
  std::error_code error;
  std::vector<fs::path> dumps;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path& file = entry->path();
    if (file.extension() == ".dmp" && file.filename().wstring().rfind(kPrefix, 0) == 0) dumps.push_back(file);
  }
  // Their names begin with the time.
  std::sort(dumps.begin(), dumps.end());
  for (size_t i = 0; i + kKeptDumps - 1 < dumps.size(); ++i) fs::remove(dumps[i], error);
  folder.wstring().copy(g_folder.data(), g_folder.size() - 1);
  // Now: a process that is dying had better load nothing.
  const HMODULE library = LoadLibraryExW(L"dbghelp.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (library == nullptr) return;
  // Through void*, because the compiler distrusts a cast between function types.
  g_write = reinterpret_cast<WriteFunction>(reinterpret_cast<void*>(GetProcAddress(library, "MiniDumpWriteDump")));
}

void WriteDump(EXCEPTION_POINTERS* exception, PanicLine* line) {
  if (g_write == nullptr) {
    line->Add("no dump: dbghelp.dll has no MiniDumpWriteDump");
    return;
  }
  SYSTEMTIME now = {};
  GetSystemTime(&now);
  swprintf(g_request.file.data(), g_request.file.size(), L"%ls\\%ls%04u%02u%02uT%02u%02u%02u-%lu.dmp", g_folder.data(),
           kPrefix, now.wYear, now.wMonth, now.wDay, now.wHour, now.wMinute, now.wSecond,
           static_cast<unsigned long>(GetCurrentProcessId()));
  g_request.exception = {GetCurrentThreadId(), exception, FALSE};
  const HANDLE thread = CreateThread(nullptr, 0, Write, nullptr, 0, nullptr);
  if (thread == nullptr || WaitForSingleObject(thread, kWriteLimitMs) != WAIT_OBJECT_0) {
    line->Add("no dump: it was not written in time");
  } else if (g_request.error != ERROR_SUCCESS) {
    line->Add("no dump: error ").AddNumber(g_request.error).Add(" at ");
    AddPath(g_request.file.data(), line);
  } else {
    line->Add("dump: ");
    AddPath(g_request.file.data(), line);
  }
}

}  // namespace resource_broker::broker
