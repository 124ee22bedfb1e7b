// winsock2.h before anything that brings windows.h.
#include <windows.h>
#include <winsock2.h>

#include <cstdio>

#include "broker_service/host/command_line.h"
#include "broker_service/host/prepare_panic.h"
#include "ipc/end_process.h"
#include "ipc/utf16.h"

int wmain(int argc, wchar_t** argv) {
  std::vector<std::string> arguments;
  for (int i = 1; i < argc; ++i) arguments.push_back(resource_broker::ipc::Utf8FromWide(argv[i]));
  resource_broker::broker::PrepareForPanic(arguments);
  SetConsoleOutputCP(CP_UTF8);
  const int exit_code = resource_broker::broker::RunCommandLine(arguments);
  std::fflush(nullptr);
  resource_broker::ipc::EndProcess(exit_code);
}
