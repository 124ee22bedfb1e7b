#include <cstdio>
#include <iostream>

#include "clients/console/console.h"
#include "ipc/end_process.h"
#include "ipc/utf16.h"

int wmain(int count, wchar_t** arguments) {
  std::vector<std::string> utf8;
  for (int i = 1; i < count; ++i) utf8.push_back(resource_broker::ipc::Utf8FromWide(arguments[i]));
  const int exit_code = resource_broker::console::ProgramMain(std::move(utf8));
  std::cout.flush();
  std::fflush(nullptr);
  resource_broker::ipc::EndProcess(exit_code);
}
