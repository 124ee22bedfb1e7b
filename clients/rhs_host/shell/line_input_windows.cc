#include <winsock2.h>
// clang-format off
#include <windows.h>
// clang-format on

#include <iostream>

#include "clients/rhs_host/shell/line_input.h"
#include "ipc/utf16.h"

namespace resource_broker::rhs_host {
namespace {

class StandardInput : public LineInput {
 public:
  std::optional<std::string> Read(const std::string& prompt) override {
    DWORD mode = 0;
    HANDLE console = GetStdHandle(STD_INPUT_HANDLE);
    std::string line;
    if (GetConsoleMode(console, &mode) == 0) {
      if (!std::getline(std::cin, line)) return std::nullopt;
    } else {
      std::cout << prompt << std::flush;
      // Not through the C library, which knows no UTF-8 on a console.
      wchar_t text[4096];
      DWORD length = 0;
      if (!ReadConsoleW(console, text, static_cast<DWORD>(std::size(text)), &length, nullptr) || length == 0) {
        return std::nullopt;
      }
      constexpr wchar_t kEnd = 26;  // Ctrl+Z
      if (text[0] == kEnd) return std::nullopt;
      line = ipc::Utf8FromWide(std::wstring(text, length));
    }
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return line;
  }
};

}  // namespace

std::unique_ptr<LineInput> LineInput::Create(Complete) { return std::make_unique<StandardInput>(); }

}  // namespace resource_broker::rhs_host
