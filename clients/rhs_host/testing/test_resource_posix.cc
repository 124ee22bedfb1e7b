#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include "clients/rhs_host/testing/test_resource.h"

namespace test_resource {

void* FindClusterFunction(const char* name) { return dlsym(RTLD_DEFAULT, name); }

void OpenHandle() { static_cast<void>(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool CloseHandle(resapi::HANDLE handle) { return close(static_cast<int>(reinterpret_cast<intptr_t>(handle))) == 0; }

}  // namespace test_resource
