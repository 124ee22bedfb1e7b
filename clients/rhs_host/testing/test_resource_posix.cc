#include <dlfcn.h>

#include "clients/rhs_host/testing/test_resource.h"

namespace test_resource {

void* FindClusterFunction(const char* name) { return dlsym(RTLD_DEFAULT, name); }

}  // namespace test_resource
