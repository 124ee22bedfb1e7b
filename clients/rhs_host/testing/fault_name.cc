// Which fault a bad DLL has: FAULT_NAME, the only thing that differs between them.
#include "clients/rhs_host/testing/bad_resource.h"

const char* const kFaultName = FAULT_NAME;
