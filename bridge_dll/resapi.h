// The contract between the cluster's Resource Hosting Subsystem (RHS) and a resource DLL, version 2.
//
// Our own declarations of what ResApi.h and ClusApi.h define, under their names, for use by a resource DLL and by a
// host that loads one. MinGW's headers do not compile at today's Windows level and lack half of version 2
// (RESOURCE_STATUS_EX is 8 bytes short there). Each size and offset is asserted below against Microsoft's x64 layout.
// Where a rule is stated, resapi.md names the page it comes from.
//
// x64 only, since cluster resource DLLs are x64 only from Windows Server 2012.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bridge_dll/win32_types.h"

namespace resapi {

// A resource instance, as the DLL names it: any non-NULL value unique per instance.
using RESID = void*;
// The same instance, as RHS names it: a token for callbacks and nothing else. Never closed by the DLL.
using RESOURCE_HANDLE = HANDLE;

// --- Versions (StartupEx) -------------------------------------------------------------------------------------------
inline constexpr DWORD CLRES_VERSION_V1_00 = 0x100;
inline constexpr DWORD CLRES_VERSION_V2_00 = 0x200;
inline constexpr DWORD CLRES_VERSION_V3_00 = 0x300;
inline constexpr DWORD CLRES_VERSION_V4_00 = 0x400;

// --- States and reports ---------------------------------------------------------------------------------------------
enum CLUSTER_RESOURCE_STATE : int32_t {
  ClusterResourceStateUnknown = -1,
  ClusterResourceInherited = 0,
  ClusterResourceInitializing = 1,
  ClusterResourceOnline = 2,
  ClusterResourceOffline = 3,
  ClusterResourceFailed = 4,
  ClusterResourcePending = 128,
  ClusterResourceOnlinePending = 129,
  ClusterResourceOfflinePending = 130,
};

// What SetResourceStatus(Ex) answers.
enum RESOURCE_EXIT_STATE : uint32_t {
  ResourceExitStateContinue = 0,
  // The resource was terminated: end the operation at once and report nothing more.
  ResourceExitStateTerminate = 1,
};

// RESOURCE_STATUS_EX.Flags.
inline constexpr DWORD CLUSRESDLL_STATUS_OFFLINE_BUSY = 0x1;
inline constexpr DWORD CLUSRESDLL_STATUS_OFFLINE_SOURCE_THROTTLED = 0x2;
inline constexpr DWORD CLUSRESDLL_STATUS_OFFLINE_DESTINATION_THROTTLED = 0x4;
inline constexpr DWORD CLUSRESDLL_STATUS_OFFLINE_DESTINATION_REJECTED = 0x8;
inline constexpr DWORD CLUSRESDLL_STATUS_INSUFFICIENT_MEMORY = 0x10;
inline constexpr DWORD CLUSRESDLL_STATUS_INSUFFICIENT_PROCESSOR = 0x20;
inline constexpr DWORD CLUSRESDLL_STATUS_INSUFFICIENT_OTHER_RESOURCES = 0x40;
inline constexpr DWORD CLUSRESDLL_STATUS_INVALID_PARAMETERS = 0x80;
inline constexpr DWORD CLUSRESDLL_STATUS_NETWORK_NOT_AVAILABLE = 0x100;
inline constexpr DWORD CLUSRESDLL_STATUS_DO_NOT_COLLECT_WER_REPORT = 0x40000000;
inline constexpr DWORD CLUSRESDLL_STATUS_DUMP_NOW = 0x80000000;

// Version 1's report. The members' order differs from version 2's: mixing the two is a silent bug.
struct RESOURCE_STATUS {
  CLUSTER_RESOURCE_STATE ResourceState;
  DWORD CheckPoint;
  DWORD WaitHint;
  HANDLE EventHandle;
};

// Version 2's report. No size member: always this size, zeroed. CheckPoint must grow from report to report.
struct RESOURCE_STATUS_EX {
  CLUSTER_RESOURCE_STATE ResourceState;
  DWORD CheckPoint;
  HANDLE EventHandle;
  DWORD ApplicationSpecificErrorCode;
  DWORD Flags;
  DWORD WaitHint;  // since 2012 R2, which reads it
};

// --- Flags of the calls ---------------------------------------------------------------------------------------------
inline constexpr DWORD CLUS_RESDLL_OPEN_RECOVER_MONITOR_STATE = 0x01;
inline constexpr DWORD CLUS_RESDLL_OPEN_DONT_DELETE_TEMP_DISK = 0x02;

inline constexpr DWORD CLUS_RESDLL_ONLINE_RECOVER_MONITOR_STATE = 0x01;
inline constexpr DWORD CLUS_RESDLL_ONLINE_IGNORE_RESOURCE_STATUS = 0x02;
inline constexpr DWORD CLUS_RESDLL_ONLINE_RETURN_TO_SOURCE_NODE_ON_ERROR = 0x04;
inline constexpr DWORD CLUS_RESDLL_ONLINE_RESTORE_ONLINE_STATE = 0x08;
inline constexpr DWORD CLUS_RESDLL_ONLINE_IGNORE_NETWORK_CONNECTIVITY = 0x10;

inline constexpr DWORD CLUS_RESDLL_OFFLINE_IGNORE_RESOURCE_STATUS = 0x01;
inline constexpr DWORD CLUS_RESDLL_OFFLINE_RETURN_TO_SOURCE_NODE_ON_ERROR = 0x02;
inline constexpr DWORD CLUS_RESDLL_OFFLINE_QUEUE_ENABLED = 0x04;
inline constexpr DWORD CLUS_RESDLL_OFFLINE_RETURNING_TO_SOURCE_NODE_BECAUSE_OF_ERROR = 0x08;
inline constexpr DWORD CLUS_RESDLL_OFFLINE_DUE_TO_EMBEDDED_FAILURE = 0x10;
inline constexpr DWORD CLUS_RESDLL_OFFLINE_IGNORE_NETWORK_CONNECTIVITY = 0x20;     // since 2012 R2
inline constexpr DWORD CLUS_RESDLL_OFFLINE_DO_NOT_UPDATE_PERSISTENT_STATE = 0x40;  // since 2016

// --- Control codes the bridge or a host names -----------------------------------------------------------------------
// object << 24 | global, modify, user, internal << 23…20 | function << 2 | access; object 1 is a resource, 2 a type.
inline constexpr DWORD CLUSCTL_RESOURCE_UNKNOWN = 0x01000000;
inline constexpr DWORD CLUSCTL_RESOURCE_GET_CHARACTERISTICS = 0x01000005;
inline constexpr DWORD CLUSCTL_RESOURCE_GET_CLASS_INFO = 0x0100000D;
inline constexpr DWORD CLUSCTL_RESOURCE_GET_REQUIRED_DEPENDENCIES = 0x01000011;
inline constexpr DWORD CLUSCTL_RESOURCE_SET_NAME = 0x01500026;
inline constexpr DWORD CLUSCTL_RESOURCE_ENUM_PRIVATE_PROPERTIES = 0x01000079;
inline constexpr DWORD CLUSCTL_RESOURCE_GET_PRIVATE_PROPERTIES = 0x01000081;
inline constexpr DWORD CLUSCTL_RESOURCE_SET_PRIVATE_PROPERTIES = 0x01400086;
inline constexpr DWORD CLUSCTL_RESOURCE_VALIDATE_PRIVATE_PROPERTIES = 0x01000089;
// Must not be supported by a resource DLL: the cluster handles it.
inline constexpr DWORD CLUSCTL_RESOURCE_UPGRADE_DLL = 0x014000BA;
inline constexpr DWORD CLUSCTL_RESOURCE_TYPE_UNKNOWN = 0x02000000;
inline constexpr DWORD CLUSCTL_RESOURCE_TYPE_STARTING_PHASE1 = 0x02500036;
inline constexpr DWORD CLUSCTL_RESOURCE_TYPE_STARTING_PHASE2 = 0x0250003A;
inline constexpr DWORD CLUSCTL_RESOURCE_TYPE_NOTIFY_MONITOR_SHUTTING_DOWN = 0x02100081;

// --- Callbacks ------------------------------------------------------------------------------------------------------
enum LOG_LEVEL : int32_t { LOG_INFORMATION = 0, LOG_WARNING = 1, LOG_ERROR = 2, LOG_SEVERE = 3 };
enum FAILURE_TYPE : int32_t { FAILURE_TYPE_GENERAL = 0, FAILURE_TYPE_EMBEDDED = 1, FAILURE_TYPE_NETWORK_LOSS = 2 };

// `FormatString` has FormatMessage inserts (%1!u!, %2!s!), not printf's; an entry holds at most 500 characters. Text
// that is not the caller's own is never the format.
using PLOG_EVENT_ROUTINE = void(RESAPI_CALL*)(RESOURCE_HANDLE, LOG_LEVEL, const WCHAR* FormatString, ...);
using PSET_RESOURCE_STATUS_ROUTINE = DWORD(RESAPI_CALL*)(RESOURCE_HANDLE, RESOURCE_STATUS*);
using PSET_RESOURCE_STATUS_ROUTINE_EX = DWORD(RESAPI_CALL*)(RESOURCE_HANDLE, RESOURCE_STATUS_EX*);
using PSET_RESOURCE_LOCKED_MODE_ROUTINE = DWORD(RESAPI_CALL*)(RESOURCE_HANDLE, BOOL LockedModeEnabled,
                                                              DWORD LockedModeReason);
using PSIGNAL_FAILURE_ROUTINE = DWORD(RESAPI_CALL*)(RESOURCE_HANDLE, FAILURE_TYPE, DWORD ApplicationSpecificErrorCode);
using PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE = DWORD(RESAPI_CALL*)(RESOURCE_HANDLE,
                                                                                BYTE* PropertyListBuffer,
                                                                                DWORD PropertyListBufferSize);

// What RHS gives to StartupEx. It has neither a size nor a version: 5 members on Windows Server 2012, 17 today. Only
// these five are read, which every system with version 2 has (resapi.md 3.3); never copied as a whole.
struct CLRES_CALLBACK_FUNCTION_TABLE {
  PLOG_EVENT_ROUTINE LogEvent;
  PSET_RESOURCE_STATUS_ROUTINE_EX SetResourceStatusEx;
  PSET_RESOURCE_LOCKED_MODE_ROUTINE SetResourceLockedMode;
  PSIGNAL_FAILURE_ROUTINE SignalFailure;
  PSET_RESOURCE_INMEMORY_NODELOCAL_PROPERTIES_ROUTINE SetResourceInMemoryNodeLocalProperties;
};

// --- Entry points ---------------------------------------------------------------------------------------------------
using POPEN_ROUTINE = RESID(RESAPI_CALL*)(const WCHAR* ResourceName, HKEY ResourceKey, RESOURCE_HANDLE);
using POPEN_V2_ROUTINE = RESID(RESAPI_CALL*)(const WCHAR* ResourceName, HKEY ResourceKey, RESOURCE_HANDLE,
                                             DWORD OpenFlags);
using PCLOSE_ROUTINE = void(RESAPI_CALL*)(RESID);
using PONLINE_ROUTINE = DWORD(RESAPI_CALL*)(RESID, HANDLE* EventHandle);
using PONLINE_V2_ROUTINE = DWORD(RESAPI_CALL*)(RESID, HANDLE* EventHandle, DWORD OnlineFlags, BYTE* InBuffer,
                                               DWORD InBufferSize, DWORD Reserved);
using POFFLINE_ROUTINE = DWORD(RESAPI_CALL*)(RESID);
using POFFLINE_V2_ROUTINE = DWORD(RESAPI_CALL*)(RESID, const WCHAR* DestinationNodeName, DWORD OfflineFlags,
                                                BYTE* InBuffer, DWORD InBufferSize, DWORD Reserved);
using PTERMINATE_ROUTINE = void(RESAPI_CALL*)(RESID);
using PLOOKS_ALIVE_ROUTINE = BOOL(RESAPI_CALL*)(RESID);
using PIS_ALIVE_ROUTINE = BOOL(RESAPI_CALL*)(RESID);
using PQUORUM_RESOURCE_LOST = void(RESAPI_CALL*)(RESOURCE_HANDLE);
using PARBITRATE_ROUTINE = DWORD(RESAPI_CALL*)(RESID, PQUORUM_RESOURCE_LOST);
using PRELEASE_ROUTINE = DWORD(RESAPI_CALL*)(RESID);
using PRESOURCE_CONTROL_ROUTINE = DWORD(RESAPI_CALL*)(RESID, DWORD ControlCode, void* InBuffer, DWORD InBufferSize,
                                                      void* OutBuffer, DWORD OutBufferSize, DWORD* BytesReturned);
using PRESOURCE_TYPE_CONTROL_ROUTINE = DWORD(RESAPI_CALL*)(const WCHAR* ResourceTypeName, DWORD ControlCode,
                                                           void* InBuffer, DWORD InBufferSize, void* OutBuffer,
                                                           DWORD OutBufferSize, DWORD* BytesReturned);
using PCANCEL_ROUTINE = DWORD(RESAPI_CALL*)(RESID, DWORD CancelFlags_RESERVED);

struct CLRES_V1_FUNCTIONS {
  POPEN_ROUTINE Open;
  PCLOSE_ROUTINE Close;
  PONLINE_ROUTINE Online;
  POFFLINE_ROUTINE Offline;
  PTERMINATE_ROUTINE Terminate;
  PLOOKS_ALIVE_ROUTINE LooksAlive;
  PIS_ALIVE_ROUTINE IsAlive;
  PARBITRATE_ROUTINE Arbitrate;
  PRELEASE_ROUTINE Release;
  PRESOURCE_CONTROL_ROUTINE ResourceControl;
  PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl;
};

struct CLRES_V2_FUNCTIONS {
  POPEN_V2_ROUTINE Open;
  PCLOSE_ROUTINE Close;
  PONLINE_V2_ROUTINE Online;
  POFFLINE_V2_ROUTINE Offline;
  PTERMINATE_ROUTINE Terminate;
  PLOOKS_ALIVE_ROUTINE LooksAlive;
  PIS_ALIVE_ROUTINE IsAlive;
  PARBITRATE_ROUTINE Arbitrate;
  PRELEASE_ROUTINE Release;
  PRESOURCE_CONTROL_ROUTINE ResourceControl;
  PRESOURCE_TYPE_CONTROL_ROUTINE ResourceTypeControl;
  PCANCEL_ROUTINE Cancel;
};

// `TableSize` is the size of the member that `Version` names, not of the whole (resapi.md 1.1). Lives as long as the
// DLL.
struct CLRES_FUNCTION_TABLE {
  DWORD TableSize;
  DWORD Version;
  union {
    CLRES_V1_FUNCTIONS V1Functions;
    CLRES_V2_FUNCTIONS V2Functions;
  };
};

// Exported undecorated as "StartupEx", and "Startup" for version 1.
using PSTARTUP_EX_ROUTINE = DWORD(RESAPI_CALL*)(const WCHAR* ResourceType, DWORD MinVersionSupported,
                                                DWORD MaxVersionSupported,
                                                CLRES_CALLBACK_FUNCTION_TABLE* MonitorCallbackFunctions,
                                                CLRES_FUNCTION_TABLE** ResourceDllInterfaceFunctions);
using PSTARTUP_ROUTINE = DWORD(RESAPI_CALL*)(const WCHAR* ResourceType, DWORD MinVersionSupported,
                                             DWORD MaxVersionSupported, PSET_RESOURCE_STATUS_ROUTINE,
                                             PLOG_EVENT_ROUTINE, CLRES_FUNCTION_TABLE** FunctionTable);

// --- Layout, as Microsoft's compiler lays it out on x64 (resapi.md 1.12, 3.1, 3.3)
// -------------------------------------
static_assert(sizeof(RESOURCE_STATUS) == 24 && offsetof(RESOURCE_STATUS, CheckPoint) == 4 &&
              offsetof(RESOURCE_STATUS, WaitHint) == 8 && offsetof(RESOURCE_STATUS, EventHandle) == 16);
static_assert(sizeof(RESOURCE_STATUS_EX) == 32 && offsetof(RESOURCE_STATUS_EX, CheckPoint) == 4 &&
              offsetof(RESOURCE_STATUS_EX, EventHandle) == 8 &&
              offsetof(RESOURCE_STATUS_EX, ApplicationSpecificErrorCode) == 16 &&
              offsetof(RESOURCE_STATUS_EX, Flags) == 20 && offsetof(RESOURCE_STATUS_EX, WaitHint) == 24);
static_assert(sizeof(CLRES_CALLBACK_FUNCTION_TABLE) == 40 && offsetof(CLRES_CALLBACK_FUNCTION_TABLE, LogEvent) == 0 &&
              offsetof(CLRES_CALLBACK_FUNCTION_TABLE, SetResourceStatusEx) == 8 &&
              offsetof(CLRES_CALLBACK_FUNCTION_TABLE, SetResourceLockedMode) == 16 &&
              offsetof(CLRES_CALLBACK_FUNCTION_TABLE, SignalFailure) == 24 &&
              offsetof(CLRES_CALLBACK_FUNCTION_TABLE, SetResourceInMemoryNodeLocalProperties) == 32);
static_assert(sizeof(CLRES_V1_FUNCTIONS) == 88 && sizeof(CLRES_V2_FUNCTIONS) == 96);
static_assert(offsetof(CLRES_V2_FUNCTIONS, Open) == 0 && offsetof(CLRES_V2_FUNCTIONS, Close) == 8 &&
              offsetof(CLRES_V2_FUNCTIONS, Online) == 16 && offsetof(CLRES_V2_FUNCTIONS, Offline) == 24 &&
              offsetof(CLRES_V2_FUNCTIONS, Terminate) == 32 && offsetof(CLRES_V2_FUNCTIONS, LooksAlive) == 40 &&
              offsetof(CLRES_V2_FUNCTIONS, IsAlive) == 48 && offsetof(CLRES_V2_FUNCTIONS, Arbitrate) == 56 &&
              offsetof(CLRES_V2_FUNCTIONS, Release) == 64 && offsetof(CLRES_V2_FUNCTIONS, ResourceControl) == 72 &&
              offsetof(CLRES_V2_FUNCTIONS, ResourceTypeControl) == 80 && offsetof(CLRES_V2_FUNCTIONS, Cancel) == 88);
static_assert(sizeof(CLRES_FUNCTION_TABLE) == 104 && offsetof(CLRES_FUNCTION_TABLE, TableSize) == 0 &&
              offsetof(CLRES_FUNCTION_TABLE, Version) == 4 && offsetof(CLRES_FUNCTION_TABLE, V2Functions) == 8);

}  // namespace resapi
