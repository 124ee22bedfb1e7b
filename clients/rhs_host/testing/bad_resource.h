// What the bad resource DLLs for the checks share.
#pragma once

#include <cstring>

extern const char* const kFaultName;

inline bool Fault(const char* name) { return std::strcmp(kFaultName, name) == 0; }
