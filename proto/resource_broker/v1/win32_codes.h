// The Win32 codes that travel in the contracts, by their own names and on every platform.
//
// Windows' headers define them as macros, and MinGW's winerror.h lacks the newer cluster codes; these are constants, so
// that both can be included. Values: winerror.h; those that matter to a resource DLL are in resapi.md 1.13.
#pragma once

#include <cstdint>

namespace resource_broker::win32 {

inline constexpr uint32_t kSuccess = 0;
inline constexpr uint32_t kInvalidFunction = 1;  // control codes: RHS does its default processing
inline constexpr uint32_t kFileNotFound = 2;
inline constexpr uint32_t kAccessDenied = 5;
inline constexpr uint32_t kInvalidHandle = 6;
inline constexpr uint32_t kNotEnoughMemory = 8;
inline constexpr uint32_t kInvalidData = 13;
inline constexpr uint32_t kBadLength = 24;  // InBuffer is larger than the configured maximum
inline constexpr uint32_t kNotSupported = 50;
inline constexpr uint32_t kInvalidParameter = 87;
inline constexpr uint32_t kCallNotImplemented = 120;
inline constexpr uint32_t kModNotFound = 126;  // the resource's module is not installed
inline constexpr uint32_t kMoreData = 234;
inline constexpr uint32_t kNoMoreItems = 259;
inline constexpr uint32_t kUnhandledException = 574;
inline constexpr uint32_t kOperationAborted = 995;  // ended by Terminate
inline constexpr uint32_t kIoPending = 997;
inline constexpr uint32_t kDependentServicesRunning = 1051;
inline constexpr uint32_t kServiceRequestTimeout = 1053;
inline constexpr uint32_t kServiceDoesNotExist = 1060;
inline constexpr uint32_t kServiceNotActive = 1062;  // the broker could not be reached in time
inline constexpr uint32_t kProcessAborted = 1067;    // the module ended during the operation
inline constexpr uint32_t kNoUnicodeTranslation = 1113;
inline constexpr uint32_t kCancelled = 1223;
inline constexpr uint32_t kRevisionMismatch = 1306;  // no common version, of RHS or of the broker
inline constexpr uint32_t kInternalError = 1359;
inline constexpr uint32_t kTimeout = 1460;
inline constexpr uint32_t kNotEnoughQuota = 1816;    // a limit of the broker's configuration
inline constexpr uint32_t kResourceNotFound = 5007;  // RESID is not one of ours
inline constexpr uint32_t kInvalidState = 5023;      // an operation is under way already
inline constexpr uint32_t kResourcePropertiesStored = 5024;
inline constexpr uint32_t kResourceFailed = 5038;
inline constexpr uint32_t kClusterResnameNotFound = 5080;
inline constexpr uint32_t kClusterResourceVetoedCall = 5955;
inline constexpr uint32_t kClusterResourceLockedStatus = 5960;

}  // namespace resource_broker::win32
