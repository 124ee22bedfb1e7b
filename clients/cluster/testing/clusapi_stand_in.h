// A cluster for tests: the functions of clusapi_functions.inc over a text file.
//
// Natively the test links them; on Windows they are also a DLL, which brokerctl.exe loads for clusapi.dll. The file has
// a thing a line, its words separated by tabs; only the cluster's types and their numbers are written back:
//
//   service  19                           what GetNodeClusterState says; 19, running, if not given
//   cluster  CLUSTER1
//   node     NODE1 0 yes                  its state, and whether it has the DLLs of all types
//   type     NAME DISPLAY_NAME DLL
//   number   TYPE PROPERTY 5000           in the list of common properties once it has been set
//   resource NAME TYPE 2 NODE1 GROUP
//   fail     CreateClusterResourceType 5  that function fails with the code; ClusterResourceTypeControl when it sets
//   nobytes  -                            the lists of properties are no lists
//
// Each call that changes something, or would if it had not failed, is a line in FILE.calls.
#pragma once

#include <string>

#include "clients/cluster/clusapi.h"

#ifdef _WIN32
#define STAND_IN_EXPORT extern "C" __declspec(dllexport)
#else
#define STAND_IN_EXPORT extern "C"
#endif

// At file scope: they have the names they have in clusapi.dll.
using resource_broker::cluster::BOOL;
using resource_broker::cluster::DWORD;
using resource_broker::cluster::HANDLE;
using resource_broker::cluster::LONG;
using resource_broker::cluster::WCHAR;
#define CLUSAPI_FUNCTION(result, name, parameters) STAND_IN_EXPORT result RESAPI_CALL name parameters;
#include "clients/cluster/clusapi_functions.inc"
#undef CLUSAPI_FUNCTION

namespace resource_broker::cluster::testing {

// The environment variable that names the file, UTF-8.
inline constexpr char kFileVariable[] = "RESOURCE_BROKER_STAND_IN_CLUSTER";

// Names it for this process instead.
void SetStandInFile(const std::string& file);

// Handles that were given out and not closed.
int OpenHandles();

// These functions, as found.
Clusapi StandIn();

}  // namespace resource_broker::cluster::testing
